"""Checks the API's document with two linters, four generators of clients in three languages, and a fuzzer that sends requests
to the program as a fan, as a manager and as an admin. Run by `make test-api`; exits with 1 at the first tool that fails."""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOCUMENT = ROOT / "web" / "openapi.json"
PROGRAM = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "boxoffice"
TYPESCRIPT = ["tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--lib", "es2022,dom"]
ADDRESS = re.compile(r"shop and API\D*(http://[\d.]+:\d+)")
GENERATOR_IN_BETA = "WARN  o.o.codegen.DefaultCodegen - OpenAPI 3.1 support is still in beta"
# The accounts of the demo, whose passwords are public.
ACCOUNTS = {
    "fan": "encore-until-midnight",
    "manager": "curtain-rises-at-eight",
    "admin": "keys-to-the-stage-door",
}


def run(*command: str | Path, quiet_on: str = "", within: Path = HERE, **environment: str) -> None:
    """Runs a command; a warning counts as a failure."""
    words, pipe = [str(word) for word in command], subprocess.PIPE
    more = {**os.environ, **environment}
    done = subprocess.run(words, cwd=within, env=more, text=True, stdout=pipe, stderr=subprocess.STDOUT, check=False)
    warned = re.search(r"\bwarn(ing)?\b", done.stdout.replace(quiet_on, "") if quiet_on else done.stdout, re.IGNORECASE)
    if done.returncode != 0 or warned:
        sys.exit(f"{done.stdout}\nerror: {words[0]} is not content with {DOCUMENT.name}")
    print(f"{words[0]} {words[1]}: content", flush=True)


def lint() -> None:
    run("redocly", "lint", "--config", "redocly.yaml", DOCUMENT, quiet_on="Deprecation warning: Node.js 20")
    run("spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint", DOCUMENT)


def generate(folder: Path) -> None:
    python, types, client, go = folder / "client", folder / "types.ts", folder / "sta", folder / "go"
    run("openapi-python-client", "generate", "--path", DOCUMENT, "--output-path", python, "--fail-on-warning")
    run(sys.executable, "-W", "error", "-m", "compileall", "-q", python)
    generated = {path.stem for path in python.rglob("api/**/*.py") if path.stem != "__init__"}
    missing = {snake(name) for name in operations()} - generated
    if missing:
        sys.exit(f"error: openapi-python-client left out {sorted(missing)}")
    run("openapi-typescript", DOCUMENT, "--output", types)
    run(*TYPESCRIPT, types)
    run("swagger-typescript-api", "generate", "--path", DOCUMENT, "--output", client, "--name", "api.ts")
    run(*TYPESCRIPT, client / "api.ts")
    # Several enumerations share value names, and Go has one namespace for all of them.
    options = ["--additional-properties", "enumClassPrefix=true"]
    run("openapi-generator-cli", "generate", "-g", "go", "-i", DOCUMENT, "-o", go, *options, quiet_on=GENERATOR_IN_BETA)
    build_go(go)


def build_go(client: Path) -> None:
    """Builds the Go client without its only dependency, which validates values at run time."""
    validator = client / "validator"
    validator.mkdir()
    (validator / "go.mod").write_text("module gopkg.in/validator.v2\n\ngo 1.19\n")
    (validator / "validator.go").write_text("package validator\n\nfunc Validate(any) error { return nil }\n")
    dependency = "require gopkg.in/validator.v2 v2.0.1\nreplace gopkg.in/validator.v2 => ./validator\n"
    (client / "go.mod").write_text(f"module boxoffice.example/client\n\ngo 1.19\n\n{dependency}")
    run("go", "build", ".", within=client, GOFLAGS="-mod=mod", GOCACHE=str(client / "cache"))


def operations() -> list[str]:
    paths = json.loads(DOCUMENT.read_text())["paths"]
    return [operation["operationId"] for item in paths.values() for operation in item.values()]


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def fuzz(folder: Path) -> None:
    settings = {
        "BOXOFFICE__HTTP__ADDRESS": "127.0.0.1:0",
        "BOXOFFICE__ADMIN__ADDRESS": "127.0.0.1:0",
        "BOXOFFICE__DATABASE__URL": f"sqlite://{folder / 'boxoffice.db'}",
        "BOXOFFICE__LIMITS__ENABLED": "false",
        "BOXOFFICE__LOG__FILTER": "warn",
    }
    log = (folder / "log").open("w+")
    server = subprocess.Popen(
        [PROGRAM, "serve", "--demo"], cwd=folder, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=log, text=True
    )
    try:
        origin = next(found.group(1) for line in server.stdout if (found := ADDRESS.search(line)))
        concert = ask(f"{origin}/api/v1/concerts?limit=1")["items"][0]["id"]
        for username, password in ACCOUNTS.items():
            session = ask(f"{origin}/api/v1/sessions", {"login": username, "password": password})
            fuzz_as(username, session["access_token"], origin, concert, folder)
    finally:
        server.terminate()
        status = server.wait()
    log.seek(0)
    if status != 0 or (faults := [line for line in log if " ERROR " in line]):
        sys.exit(f"error: the server ended with {status} and logged {faults}")


def ask(url: str, body: object = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "application/json"})) as answer:
        return json.load(answer)


def fuzz_as(username: str, token: str, origin: str, concert: str, folder: Path) -> None:
    print(f"schemathesis as {username}", flush=True)
    settings = str(HERE / "schemathesis.toml")
    command = ["schemathesis", "--config-file", settings, "run", str(DOCUMENT), "--url", f"{origin}/api/v1"]
    command += ["--header", f"Authorization: Bearer {token}"]
    more = {"CONCERT_ID": concert, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}
    # The fuzzer stores data for its next run in the working directory. Each run here must be like the first.
    done = subprocess.run(command, cwd=folder, env={**os.environ, **more}, check=False)
    if done.returncode != 0:
        sys.exit(f"error: the program and {DOCUMENT.name} differ, seen as {username}")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="boxoffice-api-") as folder:
        lint()
        generate(Path(folder))
        fuzz(Path(folder))


main()
