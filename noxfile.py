"""Every chore of the project, each in an environment of its own: `./dev NAME` runs one, `./dev` alone lists them.

Arguments after `--` go to the tool behind the chore: `./dev test -- tests/core -k money`.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "tests"]

PACKAGES = ("stronghold_core", "stronghold_fastapi", "stronghold_django")
OTHER_PYTHONS = ("3.11", "3.12", "3.13")
# Some need more time, or more than a database: they are chores of their own.
HEAVY_PROOFS = ("tests/faults", "tests/adversarial/test_walls.py")
WHOLE_SUITE = ("--numprocesses=auto", "--ignore=tests/browser", *(f"--ignore={path}" for path in HEAVY_PROOFS))
PINNED = ("--constraint", "constraints.txt", "--build-constraint", "constraints.txt")

# A session never downloads an interpreter: it runs on those that are there.
os.environ["UV_PYTHON_DOWNLOADS"] = "never"


def install(session: nox.Session, *requirements: str, groups: tuple[str, ...] = ()) -> None:
    """Install *requirements* and dependency *groups* at the versions that constraints.txt pins."""
    chosen = [argument for group in groups for argument in ("--group", group)]
    session.install(*PINNED, *chosen, *requirements)


def run_tests(session: nox.Session) -> None:
    """Run the suite, on all cores unless the caller chose arguments of their own."""
    install(session, "--editable", ".[all]", groups=("test",))
    session.run("python", "-m", "pytest", *(session.posargs or WHOLE_SUITE))


@nox.session
def demo(session: nox.Session) -> None:
    """Make up books on SQLite, and serve a dashboard on them (`-- --help` tells what else it can do)."""
    install(session, "--editable", ".[all]")
    session.run("python", "-m", "examples.reference_server", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on this Python, with a real PostgreSQL started from a wheel (`./dev test` is the same)."""
    run_tests(session)


def tests_on(version: str) -> None:
    """Register the session that runs the tests on another Python."""

    def tests_on_version(session: nox.Session) -> None:
        run_tests(session)

    tests_on_version.__doc__ = f"Run the tests on Python {version}, where it is installed."
    nox.session(name=f"tests-{version}", python=version)(tests_on_version)


for other_python in OTHER_PYTHONS:
    tests_on(other_python)


@nox.session
def core_alone(session: nox.Session) -> None:
    """Prove that core works without any extra: no framework, no PostgreSQL driver, SQLite only."""
    install(session, "--editable", ".", groups=("test",))
    session.run("python", "-c", "import stronghold_core")
    session.run(
        "python", "-m", "pytest", *(session.posargs or ("tests/core", "-m", "not postgres", "--numprocesses=auto"))
    )


@nox.session
def minimums(session: nox.Session) -> None:
    """Run the tests on the oldest version of each dependency that pyproject.toml allows."""
    session.install("--resolution=lowest-direct", "--editable", ".[all]")
    session.install("--group", "test")
    session.run("python", "-m", "pytest", *(session.posargs or WHOLE_SUITE))


@nox.session
def faults(session: nox.Session) -> None:
    """Kill servers, connections and processes, take walls down, and check that nothing was lost or seen."""
    install(session, "--editable", ".[all]", groups=("test",))
    session.run("python", "-m", "pytest", *HEAVY_PROOFS, *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Go through the reference server's page with a real Chromium, and look for barriers (it must be installed)."""
    install(session, "--editable", ".[all]", groups=("test", "browser"))
    session.run("python", "-m", "pytest", *(session.posargs or ("tests/browser",)))


@nox.session
def fuzz(session: nox.Session) -> None:
    """Search much longer than the tests do for a broken property (STRONGHOLD_FUZZ_EXAMPLES: how long)."""
    install(session, "--editable", ".[all]", groups=("test",))
    profile = {"STRONGHOLD_HYPOTHESIS_PROFILE": "fuzz"}
    session.run("python", "-m", "pytest", "tests/properties", *session.posargs, env=profile)


@nox.session
def cover(session: nox.Session) -> None:
    """Measure which branches of core the tests reach, and fail below 95 %."""
    install(session, "--editable", ".[all]", groups=("test",))
    session.run("python", "-m", "coverage", "erase")
    session.run("python", "-m", "coverage", "run", "-m", "pytest", *(session.posargs or WHOLE_SUITE))
    session.run("python", "-m", "coverage", "combine", "--quiet")
    session.run("python", "-m", "coverage", "report")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, import contracts, known security mistakes and spelling."""
    install(session, "--editable", ".", groups=("lint",))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-cache")
    session.run("bandit", "--quiet", "--recursive", "--configfile", "pyproject.toml", "src")
    session.run("codespell")


@nox.session
def types(session: nox.Session) -> None:
    """Check every annotation with mypy and pyright, both strict."""
    install(session, "--editable", ".[all]", groups=("types", "test", "browser", "nox"))
    session.run("python", "-m", "mypy")
    session.run("python", "-m", "pyright")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning or a broken reference is an error."""
    install(session, "--editable", ".[all]", groups=("docs",))
    options = ("--nitpicky", "--fail-on-warning", "--keep-going", "--quiet")
    session.run("python", "-m", "sphinx", *options, *session.posargs, "docs", "docs/_build/html")


@nox.session
def pins(session: nox.Session) -> None:
    """Resolve every dependency anew and write constraints.txt (`-- --upgrade` takes the newest versions)."""
    groups = [f"--group={name}" for name in nox.project.load_toml()["dependency-groups"]]
    wanted = ("--all-extras", *groups, "--universal", "--fork-strategy=fewest", "--python-version=3.11")
    # Neither a host nor a path may enter the file: it must serve wherever a registry is.
    plain = ("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links")
    output = "--output-file=constraints.txt"
    command = ("uv", "pip", "compile", "--quiet", "pyproject.toml", *wanted, *plain, output)
    session.run(*command, *session.posargs, external=True)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed on this machine (`-- --help` tells which figures)."""
    install(session, "--editable", ".[all]", groups=("test",))
    session.run("python", "-m", "benches", *session.posargs)


@nox.session
def load(session: nox.Session) -> None:
    """Measure how many requests a server answers, and that it loses none it acknowledged (`-- --help`; needs wrk)."""
    install(session, "--editable", ".[all]", groups=("test",))
    session.run("python", "-m", "benches.load", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel and the source archive, and check what a user will get."""
    session.run("uv", "build", "--quiet", "--clear", "--out-dir", "dist", *PINNED[2:], external=True)
    (wheel,) = Path("dist").glob("*.whl")
    complain_about_missing_files(session, wheel)
    session.install(*PINNED[:2], "--reinstall-package", "financial-stronghold", f"{wheel}[all]")
    session.run("python", "-c", f"import {', '.join(PACKAGES)}")


def complain_about_missing_files(session: nox.Session, wheel: Path) -> None:
    """End the session with an error unless *wheel* brings all three packages with their types, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    missing = {f"{package}/{file}" for package in PACKAGES for file in ("__init__.py", "py.typed")} - names
    strangers = {name for name in names if not name.startswith((*PACKAGES, "financial_stronghold-"))}
    if missing or strangers:
        session.error(f"{wheel.name} lacks {sorted(missing)} and should not hold {sorted(strangers)}")
