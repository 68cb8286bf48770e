"""Checks imports, names and forbidden calls in the code; each check must also find a planted violation."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support import arrows

ROOT = Path(__file__).parents[2]


def test_services_never_import_one_another():
    command = [sys.executable, "tests/support/arrows.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of all packages, in which every module is empty. A test plants a violation in one module."""
    sources = [ROOT / "contracts/src", *ROOT.glob("services/*/src"), *ROOT.glob("deploy/*/src")]
    for source in sources:
        for pattern in ("*/*.py", "*/*/*.py", "*/*/*/__init__.py"):
            for module in source.glob(pattern):
                copy = tmp_path / module.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.touch()
    (tmp_path / ".importlinter").write_text(arrows.filled())
    return tmp_path


def lint_house(house: Path) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(no_cache=True))"
    )
    return subprocess.run([sys.executable, "-P", "-c", code], cwd=house, capture_output=True, text=True)


def test_a_house_without_violations_is_kept(house: Path):
    done = lint_house(house)
    assert done.returncode == 0, done.stdout


def test_planted_violations_are_caught(house: Path):
    planted = {
        "review_svc.planted": "payment_svc",
        "chassis.runtime": "review_svc",
        "chassis.domain.planted": "chassis.web",
        "chassis.jobs.planted": "chassis.poll_handling",
        "contracts.planted": "chassis",
        "review_svc.store.planted": "review_svc.api",
        "member_svc.store.planted": "member_svc.usecases",
        "payment_svc.domain.planted": "payment_svc.store",
        "status_checker.usecases": "status_checker.api",
        "member_svc.usecases.planted": "member_svc.jobs",
        "review_svc.jobs.planted": "review_svc.subscribers",
        "payment_svc.gateways.planted": "payment_svc.store",
        "member_svc.workbook.planted": "member_svc.roster",
        "enrollment_svc.texts.planted": "enrollment_svc.api",
        "enrollment_svc.domain.rates.planted": "enrollment_svc.settings",
        "enrollctl.stack.planted": "enrollctl.commands",
        "enrollctl.streams.planted": "enrollctl.embedded",
        "enrollctl.demo.stages.planted": "enrollctl.demo.results",
    }
    for importer, imported in planted.items():
        (house / f"{importer.replace('.', '/')}.py").write_text(f"import {imported}\n")
    done = lint_house(house)
    assert done.returncode == 1, done.stdout
    output = " ".join(done.stdout.split())
    assert [pair for pair in planted.items() if " -> ".join(pair) not in output] == [], done.stdout


@pytest.mark.parametrize("package", ["review_svc", "enrollctl"])
def test_a_module_outside_of_every_room_is_caught(house: Path, package: str):
    (house / package / "planted.py").touch()
    done = lint_house(house)
    assert done.returncode == 1
    assert "planted" in done.stdout


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "site-packages" not in path.parts]


def calls(path: Path, name: str) -> list[int]:
    """The numbers of the lines that call a function of this name."""
    found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [n.lineno for n in found if getattr(n.func, "attr", getattr(n.func, "id", None)) == name]


@pytest.mark.parametrize("name", ["subscriber", "KafkaBroker"])
def test_no_subscriber_escapes_the_transport(name: str):
    users = {path.name for path in sources("services") if calls(path, name)}
    assert users == {"transport.py"}


def test_every_subscriber_takes_a_failed_poll_back():
    [path] = [path for path in sources("services/chassis") if path.name == "transport.py"]
    found = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    [call] = [n for n in found if ast.unparse(n.func) == "self.broker.subscriber"]
    policy = {k.arg: ast.unparse(k.value) for k in call.keywords}
    assert policy["ack_policy"] == "AckPolicy.NACK_ON_ERROR"
    assert policy["auto_offset_reset"] == "'earliest'"


ALLOWED_IN_DOMAIN = {"contracts.words", "chassis.domain", "chassis.normalization"}
#: Two folders of the chassis that domain code is allowed to import. So their own modules are held to the same rule:
#: they import only what domain code is allowed to import.
DOMAIN = ROOT / "services/chassis/src/chassis/domain"
NORMALIZATION = ROOT / "services/chassis/src/chassis/normalization"


#: Package → its modules that contain business rules although they are outside the folder `domain`.
RULES = {"status_checker": ("gateways.breaker", "gateways.pace")}


def domain_files() -> list[Path]:
    named = tuple(f"{package}.{name}".replace(".", "/") + ".py" for package, names in RULES.items() for name in names)
    return [
        path
        for path in sources("services")
        if path.name == "domain.py" or "domain" in path.relative_to(ROOT).parts or path.as_posix().endswith(named)
    ]


def imported(source: str) -> list[str]:
    """The full names of the modules that a module imports."""
    found = []
    for node in ast.walk(ast.parse(source)):
        found += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    return found


def strangers_in(source: str, package: str) -> list[str]:
    """Imports in `source` that domain code of `package` must not have. From its own package, domain code is allowed to
    import only domain code.
    """
    own = [f"{package}.domain", *(f"{package}.{name}" for name in RULES.get(package, ()))]
    return [
        name
        for name in imported(source)
        if name not in ALLOWED_IN_DOMAIN
        and name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == one or name.startswith(f"{one}.") for one in own)
    ]


def test_domain_code_knows_the_standard_library_only():
    packages = {path: path.relative_to(ROOT / "services").parts[2] for path in domain_files()}
    assert len(packages) > sum(map(len, RULES.values())) > 0
    assert {path: found for path, of in packages.items() if (found := strangers_in(path.read_text(), of))} == {}


@pytest.mark.parametrize("room", [DOMAIN, NORMALIZATION], ids=lambda room: room.name)
def test_a_room_that_domain_code_imports_knows_no_more_than_domain_code(room: Path):
    found = {path: strangers_in(path.read_text(), "chassis") for path in room.glob("*.py")}
    assert found
    own = f"chassis.{room.name}."
    assert {path: rest for path, names in found.items() if (rest := [n for n in names if not n.startswith(own)])} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "import asyncpg",
        "import httpx",
        "from chassis.database import Database",
        "import review_svc.x",
        "import member_svc.usecases.reach",
        "from member_svc.store import members",
    ],
)
def test_a_stranger_in_domain_code_is_caught(planted: str):
    assert len(strangers_in(f"import re\nfrom chassis.normalization import name_key\n{planted}\n", "member_svc")) == 1


#: Business nouns as whole words of names and texts; plurals count, too.
BUSINESS = re.compile(
    r"(?<![A-Za-z])(union|member|enroll(?:ed|ment)?|roster|voucher|batch_no|confirmation|employ(?:ed|er|ment)?|person|people|document_type)s?"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
#: Texts in which a business noun has another meaning: the project's name, SQL, a member of a consumer group or of a
#: role.
OF_OTHERS = re.compile(
    r"(urn:)?union-enrollment|UNION (ALL|SELECT)|'MEMBER'|this member|a member that died|^member_id$|^actor_union$"
)
#: Business nouns that the chassis contains on purpose. A role belongs to a union in the tree of unions. People are
#: encrypted, masked, found by a blind index and shown in histories, in every service that stores them.
TREE, PEOPLE = {"union", "unions"}, {"person", "people", "document_type"}
KNOWN = {
    "actors.py": TREE,
    "me.py": TREE,
    "notice_rows.py": TREE,
    "refusals.py": TREE,
    "scope.py": TREE,
    "tree_units.py": TREE,
    "blind_index.py": PEOPLE,
    "metrics.py": PEOPLE,
    "parameters.py": PEOPLE,
    "sealing.py": PEOPLE,
    "testing.py": PEOPLE,
    "unit_of_work.py": PEOPLE,
    "story.py": TREE | PEOPLE | {"member"},
    "api_document.py": PEOPLE,
}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def words_of(source: str) -> list[str]:
    """The names in a module, and its texts except docstrings."""
    tree = ast.parse(source)
    first = [node.body[0] for node in ast.walk(tree) if isinstance(node, DOCUMENTED) and node.body]
    docstrings = {id(statement.value) for statement in first if isinstance(statement, ast.Expr)}
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    for node in ast.walk(tree):
        found += [getattr(node, field, None) for field in ("name", "id", "arg", "attr", "asname", "module")]
    return [word for word in found if isinstance(word, str)]


def business_in(source: str) -> set[str]:
    """Business nouns in a module's names and texts, in lower case."""
    texts = [OF_OTHERS.sub("", word) for word in words_of(source)]
    texts = [re.sub("(?<=[a-z])(?=[A-Z])", " ", text) for text in texts]
    return {found[0].lower() for text in texts for found in BUSINESS.finditer(text.replace("_", " _ "))} | {
        word for text in texts for word in ("batch_no", "document_type") if word in text
    }


def test_the_chassis_knows_no_business_noun():
    found = {path: business_in(path.read_text()) for path in sources("services/chassis/src")}
    found = {path: nouns - KNOWN.get(path.name, set()) for path, nouns in found.items()}
    assert {path: nouns for path, nouns in found.items() if nouns} == {}


def test_what_the_chassis_knows_on_purpose_is_listed_no_longer_than_needed():
    found = {path.name: business_in(path.read_text()) for path in sources("services/chassis/src")}
    assert [name for name, nouns in KNOWN.items() if not nouns & found[name]] == []


@pytest.mark.parametrize(
    "planted",
    [
        "async def members_of(poll): ...",
        "def count(voucher): ...",
        "class RosterReader: ...",
        "for name in ('members', 'statuses'): ...",
        "def key_of(self, document_type, number): ...",
        "event.batch_no",
        "from contracts.fields import X as roster",
        "import contracts.members",
        "log.info('confirmation_sent')",
    ],
)
def test_a_business_noun_in_the_chassis_is_caught(planted: str):
    assert business_in(planted)
    assert (
        business_in('def remember():\n    """Members of a union."""\n    return "SELECT 1 UNION ALL SELECT 2"') == set()
    )


def test_no_loop_waits_in_a_way_that_can_lose_its_cancellation():
    """In Python 3.11 `asyncio.wait_for` can lose a cancellation if the awaited result arrives at the same time."""
    assert [path.name for path in sources("services") if calls(path, "wait_for")] == []


#: Methods of str that accept digits of every script, or depend on the Unicode tables of the Python version.
UNICODE_DIGITS = ("isdigit", "isdecimal", "isnumeric")


def own_rules_of_text(source: str) -> list[str]:
    """The module's patterns that accept digits of any script, and its names that depend on Unicode's tables."""
    tree = ast.parse(source)
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    found = [repr(text) for text in texts if isinstance(text, str | bytes) and "\\d" in str(text).replace("\\\\", "\\")]
    found += [n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in UNICODE_DIGITS]
    return found + [name for name in imported(source) if name.split(".")[0] == "unicodedata"]


def test_only_normalization_decides_about_digits_and_characters():
    others = [path for path in sources("services", "deploy") if path.parent != NORMALIZATION]
    assert {path: found for path in others if (found := own_rules_of_text(path.read_text()))} == {}


@pytest.mark.parametrize(
    "planted",
    [
        'NUMBER = re.compile(r"[HM]\\d{8}")',
        'NUMBER = re.compile(rb"\\d+")',
        'NUMBER = re.compile(rf"{LETTER}\\d+")',
        "fine = number.isdigit()",
        "fine = all(map(str.isdecimal, number))",
        "import unicodedata",
        "from unicodedata import normalize",
    ],
)
def test_a_rule_of_digits_or_characters_elsewhere_is_caught(planted: str):
    assert len(own_rules_of_text(planted)) == 1
    assert own_rules_of_text('NUMBER = re.compile(r"[HM][0-9]{8}\\.\\w")') == []


#: Functions that create a temporary file or folder with a name. A killed process would leave this file or folder
#: behind.
NAMED_FILES = ("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory", "SpooledTemporaryFile")


def named_files(source: str) -> list[str]:
    """Calls that create a temporary file with a name. xlsxwriter creates such files, too, unless it works in memory."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [ast.unparse(call.func).split(".")[-1] for call in calls]
    found = [name for name in names if name in NAMED_FILES]
    workbooks = [ast.unparse(call) for call in calls if ast.unparse(call.func) == "xlsxwriter.Workbook"]
    return found + [text for text in workbooks if "'in_memory': True" not in text]


def test_services_make_no_temporary_file_under_a_name():
    assert {path: found for path in sources("services") if (found := named_files(path.read_text()))} == {}


@pytest.mark.parametrize(
    "planted",
    ["tempfile.mkstemp()", "TemporaryDirectory(prefix='a')", "xlsxwriter.Workbook(path, {'in_memory': False})"],
)
def test_a_temporary_file_under_a_name_is_caught(planted: str):
    assert len(named_files(planted)) == 1
    assert named_files("tempfile.TemporaryFile(); xlsxwriter.Workbook(file, {'in_memory': True})") == []


def test_every_route_that_takes_a_file_keeps_it_in_memory():
    """A module that declares an upload uses the route class that reads the uploaded file into memory."""
    upload_modules = [path for path in sources("services") if "UploadFile" in path.read_text() and "/api/" in str(path)]
    assert upload_modules
    assert [path for path in upload_modules if "UploadRoute" not in path.read_text()] == []


def unordered_locks(source: str) -> list[str]:
    """Statements that lock several rows without an ORDER BY, so that two such statements can deadlock.

    A statement that selects one row by its key needs no order.
    """
    found = []
    tree = ast.parse(source)
    pieces = {id(piece) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces
        if isinstance(node, ast.JoinedStr) or is_text:
            text = " ".join(ast.unparse(node).replace("\\n", " ").split())
            locks = re.search(r"SELECT.*\bFOR (UPDATE|SHARE|NO KEY UPDATE|KEY SHARE)\b", text)
            if locks and "ORDER BY" not in text and not ONE_ROW.search(text) and "SKIP LOCKED" not in text:
                found.append(text)
    return found


#: A condition that selects one row by its whole key.
ONE_ROW = re.compile(r"WHERE (id|\w+_id|\w+_no|day) = (\$1|:\w+)( AND .+)? FOR (UPDATE|SHARE)")


def test_every_statement_that_locks_rows_locks_them_in_order():
    assert {path: found for path in sources("services") if (found := unordered_locks(path.read_text()))} == {}


@pytest.mark.parametrize(
    "planted",
    [
        '"SELECT * FROM lines WHERE line_id = ANY($1) FOR UPDATE"',
        '"SELECT {line} FROM lines WHERE line_id = ANY(:line_ids) FOR UPDATE"',
        'f"SELECT {COLUMNS} FROM lines WHERE union_key IN (SELECT 1) FOR SHARE"',
        'Statement("SELECT {line} FROM lines WHERE line_id = ANY (:line_ids) FOR UPDATE", line=LINE)',
    ],
)
def test_rows_locked_in_no_order_are_caught(planted: str):
    assert len(unordered_locks(planted)) == 1
    assert unordered_locks('"SELECT * FROM lines WHERE line_id = $1 FOR UPDATE"') == []
    assert unordered_locks('Statement("SELECT {line} FROM lines WHERE line_id = :line_id FOR UPDATE")') == []
