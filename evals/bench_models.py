"""The models of the benchmark: a scripted server in a process of its own, ``python -m evals.bench_models``.

It answers as it is asked to, and always in the same time, so that a raw call of a prompt gets what the turn got.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from evals.scripted_server import Request, ScriptedServer, says
from knowledge.taxonomy import TECHNIQUES

FIRST_S, TOKEN_S, JUDGE_S = 0.2, 0.02, 2.0
REPLIES = (
    "Two hours I have stood here, two hours, and not one of your people had the decency to come out and talk to us.",
    "I have heard that before from the man at the desk, and an hour later I was still on that bench in the cold.",
    "My daughter sits at home and waits for me, and every time I ring her I have to say that I do not know.",
    "It is always the same with this line, nobody knows a thing and everybody points at somebody else.",
    "The board on the platform said delayed, then cancelled, then nothing at all, and the office was dark.",
    "A woman next to me with a small child was in tears, and your guard looked the other way and went past.",
    "There were forty of us under one little roof, soaked to the skin, with bags and no idea where to go.",
)
"""One for each message of a session and some to spare: a customer who says the same again is stopped, and rightly."""
_PASSAGE = re.compile(r"^\[((\w+)/[\w-]+)\]", re.MULTILINE)
_SAID = re.compile(r"<<said (\w+)>>\n(.*?)\n<<end \1>>", re.DOTALL)


def reply(request: Request) -> str:
    """Return what the customer has not said yet."""
    said = " ".join(message["content"] for message in request.messages)
    return next(one for one in REPLIES if one not in said)


def verdict(request: Request) -> str:
    """Return a verdict with one finding for each of the first two techniques that have a passage."""
    prompt = request.messages[-1]["content"]
    cited = {id: passage for passage, id in _PASSAGE.findall(prompt) if id in TECHNIQUES}
    quotes = re.split(r"(?<=[.?!]) ", _SAID.findall(prompt)[-1][1])
    atoms = [
        {"reason": "It is there in so many words.", "id": id, "quote": quote, "passage": passage}
        for (id, passage), quote in zip(cited.items(), quotes, strict=False)
    ]
    return json.dumps({"called_for": [], "atoms": atoms, "fix": "", "rewrite": ""})


@contextmanager
def served() -> Iterator[str]:
    """Run the server beside this process, so that it takes no time from what is measured; yield its address."""
    command = [sys.executable, "-m", "evals.bench_models"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def serve() -> None:
    """Answer as the two models until the process is ended."""
    with ScriptedServer() as server:
        server.always("actor", says(reply, first_s=FIRST_S, token_s=TOKEN_S))
        server.always("judge", says(verdict, first_s=JUDGE_S))
        print(server.base, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve()
