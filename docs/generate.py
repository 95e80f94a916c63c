"""Writes the tables of the reference from the code: `python -m docs.generate`, from the project's folder.

A page holds its tables between two comments, ``<!-- generated: NAME -->`` and ``<!-- end -->``; the words around them
are written by people. tests/docs/test_generated.py fails while a page and the code say different things.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stronghold_core import Books, Permission, Role, Settings, StrongholdError, errors
from stronghold_core.audit import AuditLog
from stronghold_core.bank_statements import BankStatements
from stronghold_core.dashboards import Dashboard
from stronghold_core.db import ConstraintError
from stronghold_core.exports import Exports
from stronghold_core.identity import ApiKeys, Invitations
from stronghold_core.ledger import Accounts, AccountType, Categories, Grants, Poster, Transactions
from stronghold_core.ledger.accounts.rules import CHAINED, NATURAL_SIGN, SUBTYPES
from stronghold_core.rbac import BUILT_IN_ROLES, Members, Roles
from stronghold_core.rbac.staff import Admissions
from stronghold_core.tenancy import OwnTenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

REFERENCE: Final = Path(__file__).parent / "reference"

NOUNS: Final[Mapping[str, type]] = {
    "tenant": OwnTenant,
    "members": Members,
    "invitations": Invitations,
    "api_keys": ApiKeys,
    "roles": Roles,
    "grants": Grants,
    "admissions": Admissions,
    "accounts": Accounts,
    "categories": Categories,
    "transactions": Transactions,
    "bank_statements": BankStatements,
    "exports": Exports,
    "dashboard": Dashboard,
    "audit": AuditLog,
}
"""What stands behind the attributes of `books`."""


def main() -> None:
    """Bring every page up to date."""
    for page in pages():
        page.write_text(rewritten(page.read_text(encoding="utf-8")), encoding="utf-8")


def pages() -> list[Path]:
    """List the pages with generated tables."""
    return [path for path in sorted(REFERENCE.glob("*.md")) if _BLOCK.search(path.read_text(encoding="utf-8"))]


_BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def rewritten(text: str) -> str:
    """Return a page's text with its tables as the code has them now."""
    return _BLOCK.sub(lambda block: f"{block[1]}\n{_TABLES[block['name']]()}\n\n{block['end']}", text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Lay out a table.

    >>> print(table(["a", "b"], [["1", "x | y"]]))
    | a | b |
    |---|---|
    | 1 | x \| y |
    """
    lines = [heads, *rows]
    written = ["| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines]
    return "\n".join([written[0], "|---" * len(heads) + "|", *written[1:]])


def code(words: object) -> str:
    """Write *words* as code.

    >>> code("ledger.unbalanced")
    '`ledger.unbalanced`'
    """
    return f"`{words}`"


# ------------------------------------------------------------------ errors


def error_families() -> str:
    """Lay out the families, with the status that an HTTP interface answers."""
    statuses = _http_statuses()
    rows = [
        [_error_link(family), code(family.code), _first_sentence(family), str(statuses[family.__name__])]
        for family in _subclasses(StrongholdError)
        if family.__name__ in statuses
    ]
    return table(["family", "code", "what it says", "HTTP"], rows)


def error_codes() -> str:
    """Lay out all errors, family by family."""
    families = [family for family in _subclasses(StrongholdError) if family.__base__ is StrongholdError]
    return "\n\n".join(f"### {family.__name__}\n\n{_codes_of(family)}" for family in families)


def _codes_of(family: type[StrongholdError]) -> str:
    rows = [
        [code(error.code), _error_link(error), _first_sentence(error), ", ".join(map(code, _attributes(error))) or "–"]
        for error in [family, *_subclasses(family)]
    ]
    return table(["code", "error", "when", "attributes"], rows)


def _subclasses(error: type[StrongholdError]) -> list[type[StrongholdError]]:
    """List the published errors below *error*, each before those below it, in the order of their declaration."""
    published = [*(getattr(errors, name) for name in errors.__all__), ConstraintError]
    below = [found for child in error.__subclasses__() for found in (child, *_subclasses(child))]
    return [found for found in below if found in published]


def _attributes(error: type[StrongholdError]) -> list[str]:
    """List what an error names, without what it only inherits and does not say."""
    own = vars(error).get("__annotations__", {})
    names = [field.name for field in fields(error)]
    return [name for name in names if name in own or f"{{{name}" in error.template]


def _http_statuses() -> dict[str, int]:
    """Read the tree that the package of errors opens with: the one place that says which family is which status."""
    found = re.findall(r"(\w+Error) .* HTTP (\d+)$", errors.__doc__ or "", re.MULTILINE)
    return {name: int(status) for name, status in found}


def _error_link(error: type[StrongholdError]) -> str:
    module = "stronghold_core.db" if error is ConstraintError else errors.__name__
    return f"{{py:exc}}`~{module}.{error.__name__}`"


def _first_sentence(described: type) -> str:
    return (inspect.getdoc(described) or "").partition("\n\n")[0].replace("\n", " ")


# ------------------------------------------------------------------ permissions


def role_matrix() -> str:
    """Lay out which role allows what."""
    rows = [
        [code(permission), *("yes" if permission in BUILT_IN_ROLES[role] else "" for role in Role)]
        for permission in Permission
    ]
    return table(["permission", *Role], rows)


def verb_permissions() -> str:
    """Lay out which verb needs what, read from the verbs themselves."""
    rows = [
        [code(f"books.{verb}"), ", ".join(code(permission) for permission in needed)]
        for verb, needed in _needs().items()
    ]
    return table(["verb", "needs"], rows)


def _needs() -> dict[str, list[Permission]]:
    verbs = {f"{noun}.{name}": (kind, name) for noun, kind in NOUNS.items() for name in _public_methods(kind)}
    verbs["verify"] = (Books, "verify")
    needed = {verb: _permissions_in(kind, name) for verb, (kind, name) in verbs.items()}
    return {verb: sorted(found, key=list(Permission).index) for verb, found in needed.items()}


def _public_methods(kind: type) -> list[str]:
    return [name for name in members_of(kind) if _is_method(kind, name) and not name.startswith("_")]


def _is_method(kind: type, name: str) -> bool:
    return inspect.isfunction(members_of(kind).get(name))


def members_of(kind: type) -> dict[str, object]:
    """Return what a class has, with what it inherits from classes of ours, in the order in which they declare it.

    >>> list(members_of(Transactions)).index("record") < list(members_of(Transactions)).index("reverse")
    True
    """
    ours = [one for one in reversed(kind.__mro__) if one.__module__.startswith("stronghold_core.")]
    return {name: member for one in ours for name, member in vars(one).items()}


def _permissions_in(kind: type, method: str) -> set[Permission]:
    """Find the permissions that a method asks for, itself or through methods of its own class and of the poster."""
    found: set[Permission] = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(getattr(kind, method))))):
        if not isinstance(node, ast.Attribute):
            continue
        if isinstance(node.value, ast.Name) and node.value.id == "Permission":
            found.add(Permission[node.attr])
        elif isinstance(node.value, ast.Name) and node.value.id == "self" and _is_method(kind, node.attr):
            found |= _permissions_in(kind, node.attr)
        elif isinstance(node.value, ast.Attribute) and node.value.attr == "_poster":
            found |= _permissions_in(Poster, node.attr)
    return found


# ------------------------------------------------------------------ settings and accounts


def settings() -> str:
    """Lay out every setting with its default and its bounds."""
    explained = _attribute_docstrings(Settings)
    rows = [
        [code(name), code(field.default), _bounds(field.metadata), explained[name]]
        for name, field in Settings.model_fields.items()
    ]
    return table(["setting", "default", "may be", "what it does"], rows)


def _bounds(metadata: Iterable[object]) -> str:
    signs = {"ge": "≥ {:,}", "gt": "> {:,}", "le": "≤ {:,}", "lt": "< {:,}", "min_length": "{:,} bytes or more"}
    found = [
        sign.format(getattr(bound, name)) for bound in metadata for name, sign in signs.items() if hasattr(bound, name)
    ]
    patterns = [code(pattern) for bound in metadata if (pattern := getattr(bound, "pattern", None))]
    return ", ".join([*found, *patterns]) or "yes or no"


def _attribute_docstrings(kind: type) -> dict[str, str]:
    """Read the texts that stand below the attributes of a class; Python itself forgets them."""
    (declared,) = ast.parse(inspect.getsource(kind)).body
    if not isinstance(declared, ast.ClassDef):
        raise TypeError(kind)
    found: dict[str, str] = {}
    for field, text in zip(declared.body, declared.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            found[field.target.id] = str(ast.literal_eval(text.value))
    return found


def account_types() -> str:
    """Lay out what each type of account is like."""
    rows = [
        [
            code(kind),
            "debit" if NATURAL_SIGN[kind] > 0 else "credit",
            "as it stands" if NATURAL_SIGN[kind] > 0 else "turned round",
            "chained" if kind in CHAINED else "nominal",
            "a caller" if kind in SUBTYPES else "the engine, for a category",
        ]
        for kind in AccountType
    ]
    return table(["type", "balance normally on", "`natural_balance` is `balance`", "kept", "opened by"], rows)


def subtypes() -> str:
    """Lay out what accounts may be called."""
    rows = [[code(kind), ", ".join(map(code, sorted(names)))] for kind, names in SUBTYPES.items()]
    return table(["type", "subtypes"], rows)


_TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "error-families": error_families,
    "error-codes": error_codes,
    "role-matrix": role_matrix,
    "verb-permissions": verb_permissions,
    "settings": settings,
    "account-types": account_types,
    "subtypes": subtypes,
}

if __name__ == "__main__":
    main()
