"""What a verification of an audit found, in words for a terminal."""

from kiosk.domain.audit_chains import Break, BreakKind, Verdict

BROKEN_EXIT_CODE = 3
_BREAKS = {
    BreakKind.ALTERED: "a linha {number} não é o que foi escrito: ela foi alterada",
    BreakKind.MISSING: "falta a linha {number}: uma ou mais foram tiradas do meio",
    BreakKind.TRUNCATED: (
        "o fim foi cortado a partir da linha {number}, ou este arquivo é uma cópia antiga"
    ),
    BreakKind.FORKED: (
        "é outra cadeia: a partir da linha {number} ou de uma depois dela, foi escrita de novo"
    ),
    BreakKind.UNSEALED: (
        "da linha {number} em diante falta o lacre deste cadastro: não foi ele que a escreveu"
    ),
}


def verdict_words(verdict: Verdict, command: str) -> list[str]:
    """Return what a verification found, and the end to write down.

    Args:
        verdict: What was found.
        command: By which it is looked at again.
    """
    if verdict.broken is None:
        return [
            f"Auditoria inteira. Linhas: {verdict.lines}",
            f"Fim: {verdict.head}",
            f"Anote o fim em outro lugar; para comparar depois: {command} --head FIM",
        ]
    return [
        f"Auditoria quebrada: {break_words(verdict.broken)}.",
        f"Linhas que conferem: {verdict.lines}; a última: {verdict.head}",
    ]


def break_words(broken: Break) -> str:
    """Return what is wrong, without a full stop."""
    return _BREAKS[broken.kind].format(number=broken.number)
