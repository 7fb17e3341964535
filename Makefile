# Every target does its own set-up. Words for the program itself: make run ARGS='--face desk'

PYTHON := .venv/bin/python
ARGS :=

.PHONY: help setup run test bench soak fuzz tour lock blocklist licences sbom clean

help:
	@echo 'make run     abre o quiosque de demonstração (ARGS=… vai para o programa)'
	@echo 'make test    formato, lint, tipos, contratos de importação e testes'
	@echo 'make bench   mede e mostra as razões de velocidade'
	@echo 'make soak    prova a fila com falhas e desligamentos (ARGS="--minutes 60")'
	@echo 'make fuzz    dá a cada leitor entradas que ninguém imaginou (ARGS="--minutes 60")'
	@echo 'make tour    percorre as jornadas e guarda uma imagem por passo em build/tour'
	@echo 'make setup   só prepara o ambiente'
	@echo 'make lock    refaz requirements.lock a partir de pyproject.toml'
	@echo 'make blocklist  refaz a lista de senhas comuns'
	@echo 'make licences  refaz docs/licences.md e recusa licença que não combine'
	@echo 'make sbom    escreve build/sbom.cdx.json, de que o programa é feito'
	@echo 'make clean   apaga o que estes comandos criaram, o ambiente inclusive'

setup:
	@.make/setup

run: setup
	@$(PYTHON) main.py run $(ARGS)

test: setup
	@.make/test

bench: setup
	@$(PYTHON) -m tests.bench.run $(ARGS)

soak: setup
	@.make/soak $(ARGS)

fuzz: setup
	@.make/fuzz $(ARGS)

tour: setup
	@$(PYTHON) main.py tour build/tour --all-sizes $(ARGS)

lock: setup
	@.make/lock $(ARGS)

blocklist: setup
	@.make/blocklist

licences: setup
	@.make/licences

sbom: setup
	@.make/sbom

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		.coverage .coverage.* htmlcov
	find kiosk ui tests main.py -name __pycache__ -type d -prune -exec rm -rf {} +
