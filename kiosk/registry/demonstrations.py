"""The people every sample roster begins with: one for each thing there is to try.

Their numbers, dates and passwords are invented and belong to nobody.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kiosk.domain import cpfs
from kiosk.domain.names import shown_name
from kiosk.domain.people import MembershipStatus, Origin

LEGACY_PASSWORD = "ipe-roxo-florido"
BCRYPT_PASSWORD = "jabuticaba-no-quintal"
PBKDF2_PASSWORD = "rede-na-varanda-7"
DJANGO_PASSWORD = "cafe-coado-cedo"
ARGON2_PASSWORD = "vento-na-serra-12"
APP_PASSWORD = "bem-te-vi na janela"

# Made once with fixed salts and, but for the last, at a cost that today's parameters go beyond.
HASHES = {
    LEGACY_PASSWORD: "$2b$06$PAS.amostra.antigo.12O/h0Y9kfnHafKjgVgO5A7jVyjpdf5ClW",
    BCRYPT_PASSWORD: "$2b$06$PAS.amostra.kiosk.202OK/W/eyQxwVd2kC2r5xBvm.Lsr7pziwm",
    PBKDF2_PASSWORD: (
        "$pbkdf2-sha256$1000$YW1vc3RyYS1wb3J0YWwtMQ$LKnD9NnoZZ3TFdnZwlbLQsL6LxaYEwX5SQkUBtH5fkU"
    ),
    DJANGO_PASSWORD: (
        "pbkdf2_sha256$1000$amostraPortal$wexbRB5L8kXDcz/iUigWbyuAFc/Y9g3/5DFjbXJmRvs="
    ),
    ARGON2_PASSWORD: (
        "$argon2id$v=19$m=8192,t=2,p=1$YW1vc3RyYS1wb3J0YWwtMw"
        "$ft6evUcDO2zFqtVkntDy3uKcynMlWXCoWWGJPAEBaxw"
    ),
    APP_PASSWORD: (
        "$argon2id$v=19$m=65536,t=3,p=4$YW1vc3RyYS1hcHAtMjAyNA"
        "$vPkY51y39gwj3f9w8uWqHqlES+Ofhjqyi8FXK6FxOpo"
    ),
}
PASSWORDS_BY_ORIGIN = {
    Origin.NONE: (),
    Origin.LEGACY_APP: (LEGACY_PASSWORD,),
    Origin.PORTAL: (BCRYPT_PASSWORD, PBKDF2_PASSWORD, DJANGO_PASSWORD, ARGON2_PASSWORD),
    Origin.APP_2024: (APP_PASSWORD,),
}


class Journey(StrEnum):
    """What a sample person is there to try."""

    REGISTER = "register"
    REGISTER_WITHOUT_CPF = "register_without_cpf"
    PORTAL = "portal"
    LEGACY = "legacy"
    SIGN_IN = "sign_in"
    RESET = "reset"
    SHARED_EMAIL = "shared_email"
    SHARED_EMAIL_TOO = "shared_email_too"
    CANCELLED = "cancelled"
    PORTAL_AND_REGISTER = "portal_and_register"
    SOCIAL_NAME = "social_name"
    PORTAL_RESET = "portal_reset"


WORDS = {
    Journey.REGISTER: "Cadastro: nunca teve senha",
    Journey.REGISTER_WITHOUT_CPF: "Cadastro sem CPF: criança, dependente",
    Journey.PORTAL: "Login pelo cartão com a senha do Portal; por CPF é levada à redefinição",
    Journey.LEGACY: "Login com a senha do aplicativo antigo: é levada ao Cadastro",
    Journey.SIGN_IN: "Login por cartão, CPF ou e-mail",
    Journey.RESET: "Esqueci minha senha, com cartão ou e-mail",
    Journey.SHARED_EMAIL: "E-mail de duas pessoas: não serve no Login, serve na redefinição",
    Journey.SHARED_EMAIL_TOO: "A outra pessoa do mesmo e-mail",
    Journey.CANCELLED: "Plano cancelado: a senha certa diz por quê",
    Journey.PORTAL_AND_REGISTER: "Cadastro de quem já tem senha do Portal",
    Journey.SOCIAL_NAME: "Login; as telas mostram o nome social",
    Journey.PORTAL_RESET: "Esqueci minha senha de quem tem só a senha do Portal",
}


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One sample person, with what they would type.

    Attributes:
        password: What opens the account today, or None for a person who has none.
    """

    journey: Journey
    person_id: str
    card_number: str
    cpf: str | None
    birth_date: date
    full_name: str
    origin: Origin
    holder_id: str | None = None
    social_name: str | None = None
    email: str | None = None
    status: MembershipStatus = MembershipStatus.ACTIVE
    password: str | None = field(default=None, repr=False)

    @property
    def words(self) -> str:
        """What to try with this person, in one line of pt-BR."""
        return WORDS[self.journey]

    @property
    def shown_data(self) -> tuple[tuple[str, str], ...]:
        """What to type, each with its name in pt-BR; what the person has not is left out."""
        data = (
            ("Nome", shown_name(self.full_name, self.social_name)),
            ("Cartão", self.card_number),
            ("CPF", "" if self.cpf is None else cpfs.format_partial(self.cpf)),
            ("Nascimento", self.birth_date.strftime("%d/%m/%Y")),
            ("E-mail", self.email or ""),
            ("Senha", self.password or ""),
        )
        return tuple((name, value) for name, value in data if value)

    @property
    def password_hash(self) -> str | None:
        """The hash the plan would send."""
        return None if self.password is None else HASHES[self.password]


def demo_people() -> tuple[DemoPerson, ...]:
    """Return the first people of every sample roster, one per journey."""
    return _PEOPLE


_PEOPLE = (
    DemoPerson(
        Journey.REGISTER,
        "D0000001",
        "00420000000100",
        "10000003700",
        date(1958, 4, 12),
        "Maria da Conceição Ávila",
        Origin.NONE,
        email="maria.avila@exemplo.com.br",
    ),
    DemoPerson(
        Journey.REGISTER_WITHOUT_CPF,
        "D0000002",
        "00420000000101",
        None,
        date(2021, 9, 3),
        "Inácio D'Ávila",
        Origin.NONE,
        holder_id="D0000001",
    ),
    DemoPerson(
        Journey.PORTAL,
        "D0000003",
        "00420000000300",
        "10000007455",
        date(1971, 1, 30),
        "João Sant'Anna Brandão",
        Origin.PORTAL,
        email="joao.brandao@exemplo.com.br",
        password=BCRYPT_PASSWORD,
    ),
    DemoPerson(
        Journey.LEGACY,
        "D0000004",
        "00420000000400",
        "10000011134",
        date(1949, 11, 8),
        "Antônia Gonçalves",
        Origin.LEGACY_APP,
        password=LEGACY_PASSWORD,
    ),
    DemoPerson(
        Journey.SIGN_IN,
        "D0000005",
        "00420000000500",
        "10000014826",
        date(1986, 2, 28),
        "Luís Felipe Araújo",
        Origin.APP_2024,
        email="luis.araujo@exemplo.com.br",
        password=APP_PASSWORD,
    ),
    DemoPerson(
        Journey.RESET,
        "D0000006",
        "00420000000600",
        "10000018570",
        date(1964, 7, 19),
        "Lúcia Helena Muñoz",
        Origin.APP_2024,
        email="lucia.munoz@exemplo.com.br",
        password=APP_PASSWORD,
    ),
    DemoPerson(
        Journey.SHARED_EMAIL,
        "D0000007",
        "00420000000700",
        "10000022250",
        date(1955, 5, 5),
        "Sebastião Conceição",
        Origin.APP_2024,
        email="familia.conceicao@exemplo.com.br",
        password=APP_PASSWORD,
    ),
    DemoPerson(
        Journey.SHARED_EMAIL_TOO,
        "D0000008",
        "00420000000701",
        "10000025941",
        date(1957, 10, 23),
        "Aparecida Conceição",
        Origin.APP_2024,
        holder_id="D0000007",
        email="Familia.Conceicao@exemplo.com.br",
        password=APP_PASSWORD,
    ),
    DemoPerson(
        Journey.CANCELLED,
        "D0000009",
        "00420000000900",
        "10000029696",
        date(1979, 12, 1),
        "Otávio Guimarães",
        Origin.APP_2024,
        status=MembershipStatus.CANCELLED,
        password=APP_PASSWORD,
    ),
    DemoPerson(
        Journey.PORTAL_AND_REGISTER,
        "D0000010",
        "00420000001000",
        "10000033375",
        date(1990, 6, 14),
        "Thaís Pacheco",
        Origin.PORTAL,
        email="thais.pacheco@exemplo.com.br",
        password=PBKDF2_PASSWORD,
    ),
    DemoPerson(
        Journey.SOCIAL_NAME,
        "D0000011",
        "00420000001100",
        "10000037010",
        date(1995, 3, 21),
        "Carlos Eduardo Luz",
        Origin.APP_2024,
        social_name="Cecília Luz",
        email="cecilia.luz@exemplo.com.br",
        password=APP_PASSWORD,
    ),
    DemoPerson(
        Journey.PORTAL_RESET,
        "D0000012",
        "00420000001200",
        "10000040746",
        date(1968, 8, 16),
        "Sônia Régis d'Oliveira",
        Origin.PORTAL,
        email="sonia.oliveira@exemplo.com.br",
        password=ARGON2_PASSWORD,
    ),
)
