"""A scripted model: an OpenAI-compatible server on a real socket that answers, or fails, as it is told.

Tests and the benchmark put it where a provider would be. Each request takes the next behaviour of its model's
queue, or the model's lasting one, and is recorded::

    with ScriptedServer() as server:
        server.next("actor", status(429, retry_after=1), says("And who are you?"))
        server.always("judge", says(lambda request: '{"atoms": []}'))
        ...
        assert server.asked("actor")[0].messages[-1]["content"] == "Good morning."
"""

import contextlib
import json
import socket
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float = field(default_factory=time.perf_counter)

    @property
    def model(self) -> str:
        """Return the model that was asked for."""
        return str(self.body.get("model", ""))

    @property
    def messages(self) -> list[dict[str, str]]:
        """Return the conversation that was sent."""
        return list(self.body.get("messages", []))

    @property
    def streams(self) -> bool:
        """Return whether the answer is wanted in pieces."""
        return bool(self.body.get("stream"))


class Exchange:
    """One request and the means to answer it."""

    def __init__(self, request: Request, handler: BaseHTTPRequestHandler, stopped: threading.Event) -> None:
        """Take what arrived and where to write."""
        self.request = request
        self._handler, self._stopped = handler, stopped

    def wait(self, seconds: float) -> None:
        """Let time pass; ends at once when the server is closed."""
        if seconds > 0:
            self._stopped.wait(seconds)

    def reply(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        """Send a whole answer."""
        self._handler.send_response(status)
        self._head(kind, {"Content-Length": str(len(body)), **headers})
        self._handler.wfile.write(body)

    def begin(self) -> None:
        """Send the head of a streamed answer."""
        self._handler.send_response(200)
        self._head("text/event-stream", {"Transfer-Encoding": "chunked"})

    def send(self, data: bytes) -> None:
        """Send some bytes of a streamed answer."""
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self) -> None:
        """End a streamed answer as it should be ended."""
        self._handler.wfile.write(b"0\r\n\r\n")

    def drop(self) -> None:
        """Break the connection, as a crashed server does."""
        self._handler.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.connection.close()

    def _head(self, kind: str, headers: dict[str, str]) -> None:
        for name, value in {"Content-Type": kind, **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()


Behaviour = Callable[[Exchange], None]
"""Answers one request, or fails to."""
Text = str | Callable[[Request], str]
"""What to say, or how to find it."""


def says(
    text: Text, *, first_s: float = 0, token_s: float = 0, role: str = "assistant", finish: str = "stop",
    cut_after: int | None = None, usage: bool = True,
) -> Behaviour:  # fmt: skip
    """Answer with a text, a word being a token.

    Args:
        text: the answer, or a function of the request.
        first_s: seconds before the first token.
        token_s: seconds before each further token; an unstreamed answer takes as long as all of them.
        role: who is said to speak.
        finish: why the answer ends: stop, length, content_filter.
        cut_after: tokens after which the connection breaks; None: it does not.
        usage: whether tokens are counted, as most servers do.
    """

    def answer(exchange: Exchange) -> None:
        said = text(exchange.request) if callable(text) else text
        tokens = said.split(" ")
        pieces = [word if n == 0 else " " + word for n, word in enumerate(tokens)] if said else []
        counted = _usage(exchange.request, len(pieces)) if usage else None
        if not exchange.request.streams:
            exchange.wait(first_s + token_s * max(0, len(pieces) - 1))
            body = json.dumps(_whole(exchange.request, said, role, finish, counted)).encode()
            if cut_after is not None:
                exchange._handler.send_response(200)
                exchange._head("application/json", {"Content-Length": str(len(body))})
                exchange._handler.wfile.write(body[: len(body) // 2])
                return exchange.drop()
            return exchange.reply(200, body)
        exchange.wait(first_s)
        exchange.begin()
        exchange.send(_event(exchange.request, {"role": role, "content": ""}))
        for n, piece in enumerate(pieces):
            if n == cut_after:
                return exchange.drop()
            exchange.wait(token_s if n else 0)
            exchange.send(_event(exchange.request, {"content": piece}))
        exchange.send(_event(exchange.request, {}, finish))
        if counted and exchange.request.body.get("stream_options", {}).get("include_usage"):
            exchange.send(_line({**_frame(exchange.request), "choices": [], "usage": counted}))
        exchange.send(b"data: [DONE]\n\n")
        return exchange.end()

    return answer


def splits(text: str) -> Behaviour:
    """Answer with every byte of a text in a packet of its own, so that no character arrives whole."""

    def answer(exchange: Exchange) -> None:
        if not exchange.request.streams:
            return says(text)(exchange)
        exchange.begin()
        for piece in (text[:3], text[3:]):
            frame = _frame(exchange.request) | {"choices": [{"index": 0, "delta": {"content": piece}}]}
            for byte in f"data: {json.dumps(frame, ensure_ascii=False)}\n\n".encode():
                exchange.send(bytes([byte]))
        exchange.send(_event(exchange.request, {}, "stop") + b"data: [DONE]\n\n")
        return exchange.end()

    return answer


def status(code: int, message: str = "scripted", *, kind: str = "", retry_after: float | None = None) -> Behaviour:
    """Answer with an error as OpenAI words it; ``kind`` is its code."""

    def answer(exchange: Exchange) -> None:
        body = {"error": {"message": message, "type": kind or "error", "param": None, "code": kind or None}}
        headers = {} if retry_after is None else {"Retry_After": f"{retry_after:g}"}
        exchange.reply(code, json.dumps(body).encode(), **headers)

    return answer


def too_long() -> Behaviour:
    """Say that the prompt does not fit."""
    message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
    return status(400, message, kind="context_length_exceeded")


def filtered() -> Behaviour:
    """Refuse the prompt by the content filter, as Azure and OpenAI do."""
    message = "The response was filtered due to the prompt triggering the content management policy."
    return status(400, message, kind="content_filter")


def hangs(after: int = 0) -> Behaviour:
    """Say nothing more after some tokens, and keep the connection open until the caller leaves."""

    def answer(exchange: Exchange) -> None:
        if after and exchange.request.streams:
            exchange.begin()
            for n in range(after):
                exchange.send(_event(exchange.request, {"content": f"word{n} "}))
        exchange.wait(30)
        exchange.drop()

    return answer


def keeps_alive(every_s: float = 0.05) -> Behaviour:
    """Never say a word, but send what keeps a connection from timing out, as some providers do in a queue."""

    def answer(exchange: Exchange) -> None:
        exchange.begin()
        for _ in range(int(30 / every_s)):
            exchange.send(b": still working\n\n")
            exchange.wait(every_s)

    return answer


def drops() -> Behaviour:
    """Break the connection without a word."""
    return Exchange.drop


def page(text: str = "<html><body>It works!</body></html>") -> Behaviour:
    """Answer with a web page, as a wrong address does."""
    return lambda exchange: exchange.reply(200, text.encode(), "text/html")


def raw(body: str) -> Behaviour:
    """Answer with these words in the place of the JSON that a reply, or a piece of one, is."""

    def answer(exchange: Exchange) -> None:
        if not exchange.request.streams:
            return exchange.reply(200, body.encode())
        exchange.begin()
        exchange.send(f"data: {body}\n\ndata: [DONE]\n\n".encode())
        return exchange.end()

    return answer


class ScriptedServer:
    """The server; a context manager. ``base`` is the api base to configure."""

    def __init__(self) -> None:
        """Choose a free port; nothing listens yet."""
        self.requests: list[Request] = []
        self._queues: dict[str, deque[Behaviour]] = defaultdict(deque)
        self._lasting: dict[str, Behaviour] = {}
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._server: _Threads | None = None
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port: int = probe.getsockname()[1]

    @property
    def base(self) -> str:
        """Return the address to configure as api base."""
        return f"http://{HOST}:{self.port}/v1"

    def next(self, model: str, *behaviours: Behaviour) -> None:
        """Queue what happens to the next requests for a model."""
        self._queues[model].extend(behaviours)

    def always(self, model: str, behaviour: Behaviour) -> None:
        """Decide what happens to requests for a model whose queue is empty."""
        self._lasting[model] = behaviour

    def asked(self, model: str) -> list[Request]:
        """Return the requests for one model so far."""
        with self._lock:
            return [request for request in self.requests if request.model == model]

    def up(self) -> None:
        """Listen."""
        self._stopped.clear()
        self._server = _Threads((HOST, self.port), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Stop listening: connections are refused until `up`."""
        self._stopped.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            self._server = None

    def __enter__(self) -> "ScriptedServer":
        """Listen."""
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self.down()

    def _behaviour(self, request: Request) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            queue = self._queues[request.model]
            return queue.popleft() if queue else self._lasting.get(request.model, status(404, "no such model"))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                request = Request(self.path, dict(self.headers), body)
                try:
                    server._behaviour(request)(Exchange(request, self, server._stopped))
                except OSError:  # the caller left, as callers may
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        return Handler


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, *args: Any) -> None:
        """Listen; connections that are kept open are remembered."""
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close one connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close the connections that callers keep open for their next request."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about callers that left."""


def _frame(request: Request) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": request.model}


def _line(frame: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(frame)}\n\n".encode()


def _event(request: Request, delta: dict[str, Any], finish: str | None = None) -> bytes:
    return _line(_frame(request) | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _whole(request: Request, text: str, role: str, finish: str, usage: dict[str, int] | None) -> dict[str, Any]:
    message = {"role": role, "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return _frame(request) | {"object": "chat.completion", "choices": choices} | ({"usage": usage} if usage else {})


def _usage(request: Request, tokens: int) -> dict[str, int]:
    prompt = sum(len(message["content"].split()) for message in request.messages)
    return {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}
