"""Every event that the programs can log, and what of it: nothing else gets into the log.

``docs/logs.md`` explains each to a technician; a test holds code, this list and that page together.
"""

from types import MappingProxyType

# Event by event, the words by which ``main.py logs`` says it.
EVENTS = MappingProxyType(
    {
        # Of any program.
        "program_started": "O programa iniciou",
        "program_ended": "O programa terminou",
        "crash_trace_found": "O programa morreu antes; o rastro ficou num arquivo",
        "uncaught_error": "Um erro que ninguém tratou",
        "log_gap": "Linhas do log que não puderam ser gravadas",
        "library_record": "Uma biblioteca avisou; o texto dela não é gravado",
        "unlisted_event": "Um evento que não está na lista; o texto não é gravado",
        # The queue of a device.
        "operation_recorded": "Pedido gravado",
        "operation_withdrawn": "Pedido retirado pela pessoa",
        "operation_sent_again": "Pedido parado enviado de novo, com outro recibo",
        "operation_given_up": "Pedido parado retirado da fila por um atendente",
        "operation_handed_over": "Pedido parado passado ao supervisor",
        "operations_answered": "O cadastro central respondeu",
        "operation_revised": "O cadastro central mudou a resposta",
        "registry_lost_operations": "O cadastro central perdeu pedidos, que seguem de novo",
        "operation_parked": "Pedido parado: precisa de atendente",
        "nameless_operation_parked": "Pedido danificado no disco, sem identificação, parado",
        "attempt_stays_counted": "Uma tentativa não pôde ser descontada",
        # The line.
        "line_back": "A linha voltou",
        "line_lost": "A linha caiu",
        "exchange_stumbled": "Uma troca com o cadastro central falhou por dentro",
        "delivery_stumbled": "Uma entrega falhou por dentro",
        "another_batch_failed": "Outro lote falhou também",
        "last_answers_not_settled": "As últimas respostas não foram gravadas ao terminar",
        "watcher_stumbled": "A tela não pôde ser avisada de uma mudança",
        # Keys of a device.
        "device_key_renewed": "A chave do aparelho foi renovada",
        "device_key_not_renewed": "A chave do aparelho não foi renovada",
        "sealing_key_adopted": "Passa a selar para outra chave do cadastro central",
        "sealing_key_not_vouched_for": "Foi anunciada uma chave que este cadastro não garante",
        "older_key_word_left_aside": "Um anúncio de chave mais antigo foi deixado de lado",
        "registry_keys_unreadable": "As chaves do cadastro não se leem mais; serão pedidas de novo",
        "store_key_made": "Uma chave dos dados foi sorteada",
        "store_key_changed": "A chave dos dados foi trocada",
        "rekeying_stumbled": "A troca da chave dos dados falhou",
        "store_encrypted": "Os dados foram cifrados",
        "conversion_stumbled": "Os dados não puderam ser cifrados",
        # Files of a device.
        "store_restored": "Os dados foram recuperados de uma cópia",
        "older_operations_sealed": "Pedidos gravados por um programa antigo foram selados",
        "gate_learnt": "O aparelho sabe que autorização é pedida aqui",
        "gate_not_learnt": "Não foi possível saber que autorização é pedida aqui",
        "gate_word_not_vouched_for": "Foi dito algo da autorização que este cadastro não garante",
        "release_keys_let_go": "As chaves dos códigos de liberação foram apagadas",
        "audit_contradicted": "O cadastro central tem uma linha da auditoria que não está aqui",
        "device_rolled_back": "Os dados desta máquina são uma cópia antiga",
        "restoration_stumbled": "A recuperação dos dados falhou",
        "file_set_aside": "Um arquivo danificado foi posto de lado",
        "file_unreadable": "Um arquivo não se lê e foi posto de lado",
        "backup_made": "Cópia de segurança feita",
        "backup_not_whole": "A cópia de segurança não passou na conferência",
        "backup_stumbled": "A cópia de segurança falhou",
        "copy_begun_anew": "A cópia do cadastro foi recomeçada do zero",
        "copy_stumbled": "A cópia do cadastro falhou",
        "digest_not_looked_up": "Um cartão não pôde ser conferido: a cópia não se lê",
        "snapshot_begun": "Começou a buscar a cópia inteira do cadastro",
        "snapshot_in_place": "A cópia inteira do cadastro está no lugar",
        "snapshot_doubted": "A cópia inteira do cadastro não serve e será pedida de novo",
        "snapshot_without_room": "Não há espaço no disco para a cópia inteira do cadastro",
        # Screens.
        "unforeseen_error": "A tela mostrou um erro inesperado",
        "strength_not_measured": "A força da senha não pôde ser medida",
        # The registry.
        "operations_decided": "Pedidos decididos",
        "request_failed": "Um pedido de aparelho falhou por dentro",
        "database_silent": "O banco de dados não respondeu",
        "sealed_body_closed": "Um pedido selado não abre",
        "device_not_noted": "O contato de um aparelho não foi anotado",
        "nonces_made_anew": "O arquivo dos números usados foi refeito",
        "attempt_not_forgiven": "Uma tentativa certa continua contada: banco ocupado",
        "password_not_hashed_anew": "Uma senha não foi guardada na forma nova: banco ocupado",
        "snapshot_made": "Cópia inteira para os aparelhos feita",
        "upkeep_waits": "A limpeza diária fica para depois",
        "upkeep_stumbled": "A limpeza diária falhou por dentro",
        "failures_forgotten": "Tentativas de ninguém, antigas, foram esquecidas",
        "mail_has_no_way": "Nada envia os e-mails: falta mail_server ou mail_folder",
        "mail_sent": "E-mail enviado",
        "mail_refused": "O servidor recusou um e-mail",
        "mail_set_aside": "Um e-mail não pôde ser escrito e foi posto de lado",
        "mail_stumbled": "O envio de e-mails falhou por dentro",
        "mail_line_failed": "O servidor de e-mail não atende",
        "mail_line_back": "O servidor de e-mail voltou a atender",
        "snapshot_failed": "A cópia inteira para os aparelhos falhou",
        "digests_made": "O que os quiosques conferem sem linha foi calculado",
        "digests_wait": "A conferência para os quiosques espera: o banco está ocupado",
        "digests_failed": "A conferência para os quiosques falhou e será tentada de novo",
    }
)
LEVELS = MappingProxyType(
    {"info": "informação", "warning": "aviso", "error": "erro", "critical": "grave"}
)
# The keys, by the words with which they are said.
NAMES = MappingProxyType(
    {
        "error": "erro",
        "code": "código",
        "operation": "operação",
        "operations": "operações",
        "replaces": "no lugar de",
        "receipt": "recibo",
        "receipts": "recibos",
        "kind": "pedido",
        "outcome": "resposta",
        "reason": "motivo",
        "cause": "causa",
        "exchange": "troca",
        "doubt": "dúvida",
        "snapshot": "cópia",
        "key": "chave",
        "custody": "custódia",
        "damage": "dano",
        "file": "arquivo",
        "quarantine": "está em",
        "ended_suddenly": "o anterior terminou de repente",
        "is_repeated": "de novo",
        "count": "contas",
        "number": "número",
        "megabytes": "MB",
        "lost": "linhas",
        "left_out": "deixados de fora",
    }
)
