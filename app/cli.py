"""The command line: `amarktai COMMAND`. Everything heavy is imported inside the commands, so that `--help` is instant."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.settings import Settings

cli = typer.Typer(
    rich_markup_mode=None,  # plain help: drawing it with rich takes longer than everything else
    context_settings={"max_content_width": 110},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A day of social posts from a web app's URL: approved in Slack and Telegram, published once, on time, within limits.",
)
keys = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Master keys: make one, or move every secret to the newest."
)
audit = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="The audit trail.")
cli.add_typer(keys, name="keys")
cli.add_typer(audit, name="audit")

RUNS = ("AMARKTAI_KEYS", "AMARKTAI_BASE_URL", "REDIS_URL")


def main() -> None:
    """Entry point of the console script. What the operator must mend is said in a sentence, without a traceback."""
    from app.secrecy import leave_no_core

    leave_no_core()
    try:
        cli()
    except SystemExit:  # how every command ends, `--help` too; the classes below would be imported for it
        raise
    except _operator_errors() as error:  # evaluated only when something was raised
        for line in getattr(error, "problems", None) or [str(error)]:
            print(f"amarktai: {line}", file=sys.stderr)
        raise SystemExit(1) from None


def _operator_errors() -> tuple[type[Exception], ...]:
    """What the operator can mend."""
    from app.backup import BackupError
    from app.embedded import EmbeddedError
    from app.operate import NotDone
    from app.settings import SettingsUnusable
    from app.startup import CannotStart
    from storage.keys import KeysUnusable

    return SettingsUnusable, CannotStart, KeysUnusable, EmbeddedError, BackupError, NotDone


@cli.command()
def demo(
    tour: Annotated[
        bool, typer.Option("--tour", help="Play a whole day unattended, check it, print a table and JSON.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what earlier demos stored.")] = False,
    url: Annotated[str, typer.Option(help="Promote the web app at this address.")] = "",
    page: Annotated[
        Path | None, typer.Option(help="Promote the web page in this file.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Start everything here, with a sandbox for the chats and platforms, and print two addresses."""
    from app.deathsignal import die_with_parent

    die_with_parent()
    from app.demo import Wish, run_demo

    raise SystemExit(run_demo(Wish(tour=tour, fresh=fresh, url=url, page=page)))


@cli.command()
def up() -> None:
    """Run all processes with real credentials; PostgreSQL and Redis are embedded unless they are configured."""
    from app.deathsignal import die_with_parent

    die_with_parent()
    from app.up import run_up

    raise SystemExit(run_up())


@cli.command()
def web(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", help="Port to listen on.")] = 4000,
) -> None:
    """Serve pages, OAuth, webhooks and health."""

    def run(settings: "Settings") -> None:
        from app.web import run_web

        run_web(settings, host, port)

    _process(run)


@cli.command()
def worker() -> None:
    """Work on what is due: write, draw cards, publish, measure."""

    def run(settings: "Settings") -> None:
        from app.worker import run_worker

        run_worker(settings)

    _process(run)


@cli.command()
def clock() -> None:
    """Send hints for whatever is due. Safe to run twice."""

    def run(settings: "Settings") -> None:
        import asyncio

        from app.clock import run_clock

        asyncio.run(run_clock(settings))

    _process(run)


@cli.command()
def telegram() -> None:
    """Fetch Telegram's updates by long polling, where no webhook can reach us."""

    def run(settings: "Settings") -> None:
        import asyncio

        from app.telegram import run_telegram

        asyncio.run(run_telegram(settings))

    _process(run, needs=(*RUNS, "TELEGRAM_BOT_TOKEN"))


@cli.command()
def migrate(
    down: Annotated[
        bool, typer.Option("--down-to-empty", help="Remove our whole schema and everything in it.")
    ] = False,
) -> None:
    """Bring the database's schema up to date, give the logins their passwords, record the keys."""
    from app.settings import load
    from storage.keys import Keyring

    settings = load(needs=("DATABASE_URL", "AMARKTAI_KEYS"))
    if down:
        import migrations

        migrations.downgrade(settings.database_url.get_secret_value())
        print("The schema is gone.")
        return
    from app.migrate import migrate as run

    print(run(settings, Keyring.parse(settings.amarktai_keys.get_secret_value())))


@cli.command()
def doctor() -> None:
    """Say what is configured and what is missing, and try each connection."""
    import asyncio

    from app.doctor import examine

    raise SystemExit(asyncio.run(examine()))


@cli.command()
def plan(
    name: Annotated[str, typer.Argument(help="free, pro, business or enterprise")],
    team: Annotated[str, typer.Option(help="Slack team id of the workspace.")] = "",
    chat: Annotated[str, typer.Option(help="Telegram chat id of the workspace.")] = "",
) -> None:
    """Set the plan of a workspace."""
    import asyncio

    from app.operate import set_plan

    print(asyncio.run(set_plan(name, team, chat)))


@cli.command()
def pause(
    team: Annotated[str, typer.Option(help="Only the workspace of this Slack team id.")] = "",
    chat: Annotated[str, typer.Option(help="Only the workspace of this Telegram chat id.")] = "",
) -> None:
    """Stop publishing: everything, or one workspace. Nothing is lost; `resume` lets it go on."""
    import asyncio

    from app.switches import stop

    print(asyncio.run(stop(team, chat)))


@cli.command()
def resume(
    team: Annotated[str, typer.Option(help="Only the workspace of this Slack team id.")] = "",
    chat: Annotated[str, typer.Option(help="Only the workspace of this Telegram chat id.")] = "",
) -> None:
    """Let publishing go on: everything that `pause` stopped, or one workspace."""
    import asyncio

    from app.switches import go_on

    print(asyncio.run(go_on(team, chat)))


@cli.command()
def backup(
    file: Annotated[Path | None, typer.Argument(help="Where to; a dated name in the home by default.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Overwrite the file.")] = False,
) -> None:
    """Back up the embedded database and the media. The master keys are not in it: keep them elsewhere."""
    from app.backup import backup as run
    from app.settings import load

    run(load().amarktai_home, file, yes=yes)


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` made.", exists=True, dir_okay=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Replace what is there.")] = False,
) -> None:
    """Restore the embedded database and the media. Publishing stays stopped until `restore-accept`."""
    from app.backup import restore as run
    from app.settings import load

    run(load().amarktai_home, file, yes=yes)


@cli.command("restore-accept")
def restore_accept(
    by_other_tools: Annotated[
        bool, typer.Option("--by-other-tools", help="The database was brought back by other tools than `restore`.")
    ] = False,
) -> None:
    """After a restore: put everything that may have gone out under question, then let publishing go on."""
    from app.operate import accept_restore

    print(accept_restore(by_other_tools=by_other_tools))


@keys.command("new")
def keys_new() -> None:
    """Print fresh master keys for AMARKTAI_KEYS."""
    from storage.keys import Purpose, new_key

    print(",".join(new_key(purpose) for purpose in Purpose))


@keys.command("rotate")
def keys_rotate() -> None:
    """Re-seal every secret under the newest keys, in batches, while the system runs. Safe to interrupt."""
    import asyncio

    from app.operate import rotate_keys

    print(asyncio.run(rotate_keys()))


@audit.command("verify")
def audit_verify(
    seal: Annotated[str, typer.Option(help="A seal that a chat showed once, such as 214:3f9a1b2c4d5e6f70.")] = "",
) -> None:
    """Check every workspace's chain, its rows and its anchors; name each first bad row and exit 1 if there is one."""
    import asyncio

    from app.operate import verify_audit

    wrong = asyncio.run(verify_audit(seal))
    print(wrong or "Every chain is whole.")
    raise SystemExit(1 if wrong else 0)


def _process(run: "Callable[[Settings], None]", needs: tuple[str, ...] = RUNS) -> None:
    """Load the settings, set up logging, run."""
    from app.deathsignal import die_with_parent
    from app.lean import load_without_rich

    die_with_parent()
    load_without_rich()
    from app.log import configure, set_level
    from app.settings import load

    configure()
    settings = load(needs=needs)
    set_level(settings.log_level)
    run(settings)
