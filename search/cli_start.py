"""What `timbao` says by itself, and how a shell learns its commands.

In: the settings that name an index. Out: the next sensible step; a completion script. Must not know any command.
"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from search.errors import TimBaoError

NO_INDEX = """Tìm Báo: tìm bài báo tiếng Việt, gõ có dấu hay không dấu
Vietnamese search, typed with or without marks

Chưa có chỉ mục ở {place} / no index at {place} yet

  timbao index THƯ_MỤC       lập chỉ mục các bài trong thư mục / index a folder of articles
  timbao read TRANG.txt      xem một trang được đọc ra sao / see what a page yields
  timbao --help              mọi lệnh / every command
"""
WITH_INDEX = """Tìm Báo: tìm bài báo tiếng Việt, gõ có dấu hay không dấu
Vietnamese search, typed with or without marks

Chỉ mục: {place} / the index is {place}

  timbao search "tham nhũng vặt"       tìm / search
  timbao serve                         mở trang tìm kiếm / open the search page
  timbao index THƯ_MỤC --update        thêm bài mới và bài đã sửa / add new and changed articles
  timbao stats                         số bài, dung lượng / articles, size
  timbao --help                        mọi lệnh / every command
"""
SHELLS = ("bash", "zsh", "fish")


def next_steps() -> str:
    """What to type next, depending on whether the default index is there.

    Raises:
        SettingError: a `TIMBAO_…` variable has a value it cannot have.
    """
    from search.cli_options import where
    from search.engines import engine

    name, place = where(None, None, None)
    try:
        there = engine(name, place).exists()
    except TimBaoError as error:
        return f"{NO_INDEX.format(place=place)}\n{error}\n"
    return (WITH_INDEX if there else NO_INDEX).format(place=place)


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in SHELL.

    \b
    bash   timbao completion bash > ~/.local/share/bash-completion/completions/timbao
    zsh    timbao completion zsh > ~/.zfunc/_timbao        (~/.zfunc in fpath)
    fish   timbao completion fish > ~/.config/fish/completions/timbao.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, "click brings all three"
    click.echo(kind(ctx.find_root().command, {}, "timbao", "_TIMBAO_COMPLETE").source(), nl=False)
