"""A server that speaks Bedrock's Converse and ConverseStream and accepts only requests with a true SigV4 signature."""

from __future__ import annotations

import json
import re
import struct
from binascii import crc32
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.loopback.server import Asked, Loopback, Script, lowered

KEY, SECRET, REGION = "AKIDLOOPBACK", "loopback-secret", "eu-central-1"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<date>\d+)/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
    r"SignedHeaders=(?P<signed>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)


class BedrockServer(Loopback):
    """``error`` is the code of a service error to answer with; ``mid_stream`` of one after the first piece."""

    content_type = "application/vnd.amazon.eventstream"

    def __init__(self, script: Script | None = None) -> None:
        super().__init__(script)
        self.error = ""
        self.mid_stream = ""
        self.tool_input: dict[str, Any] | None = None
        self.unsigned = 0

    def model_of(self, asked: Asked) -> str:
        return unquote(asked.path.split("/")[2])

    def _serve(self, handler: Any) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        asked = Asked(handler.command, handler.path, lowered(handler.headers), handler.rfile.read(length))
        if not signature_is_true(asked, self.url):
            self.unsigned += 1
            self._refuse(handler, 403, "InvalidSignatureException")
            return
        if asked.path.startswith("/model/") and self.other(asked) is not None:
            self.asked.append(asked)
            self._send(handler, 200, {"Content-Type": "application/json"}, self.other(asked) or b"")
            return
        self.asked.append(asked)
        fault = self.script.fault if len(self.asked) <= self.script.fail_first else ""
        codes = {"busy-429": "ThrottlingException", "unavailable-503": "ServiceUnavailableException",
                 "expired-credentials": "ExpiredTokenException"}  # fmt: skip
        code = self.error or codes.get(fault, "")
        if code:
            self._refuse(handler, _STATUS.get(code, 400), code)
        elif fault == "html-page":
            self._send(handler, 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html></html>")
        elif asked.path.endswith("/converse"):
            self._send(handler, 200, {"Content-Type": "application/json"}, self._whole())
        else:
            self._stream(handler, asked, fault)

    def _refuse(self, handler: Any, status: int, code: str) -> None:
        body = json.dumps({"message": f"the model said {code}"}).encode()
        self._send(handler, status, {"Content-Type": "application/json", "x-amzn-ErrorType": code}, body)

    def _whole(self) -> bytes:
        content: dict[str, Any] = {"text": "".join(self.script.pieces)}
        if self.tool_input is not None:
            content = {"toolUse": {"toolUseId": "t1", "name": "Verdict", "input": self.tool_input}}
        return json.dumps({
            "output": {"message": {"role": "assistant", "content": [content]}},
            "stopReason": "tool_use" if self.tool_input is not None else "end_turn",
            "usage": {"inputTokens": 120, "outputTokens": 9, "totalTokens": 129},
            "metrics": {"latencyMs": 1},
        }).encode()  # fmt: skip

    def frames(self, asked: Asked, pieces: Iterator[str]) -> Iterator[bytes]:
        yield event("messageStart", {"role": "assistant"})
        count = 0
        for piece in pieces:
            count += 1
            yield event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}})
            if self.mid_stream:
                yield event(self.mid_stream, {"message": "too much"}, kind="exception")
                return
        yield event("contentBlockStop", {"contentBlockIndex": 0})
        yield event("messageStop", {"stopReason": self.script.stop or "end_turn"})
        usage = {"inputTokens": 120, "outputTokens": count, "totalTokens": 120 + count}
        yield event("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})

    def before_end(self, frames: list[bytes]) -> int:
        return len(frames) - 3

    def frames_malformed(self) -> Iterator[bytes]:
        yield event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "x"}})[:-4] + b"\0\0\0\0"

    def frames_of_other_schema(self) -> Iterator[bytes]:
        yield event("deleteFiles", {"path": "/"})


_STATUS = {"ThrottlingException": 429, "ServiceUnavailableException": 503, "AccessDeniedException": 403,
           "ExpiredTokenException": 403, "UnrecognizedClientException": 403, "ResourceNotFoundException": 404,
           "ModelTimeoutException": 408}  # fmt: skip


def event(name: str, payload: dict[str, Any], kind: str = "event") -> bytes:
    """Return one message of the binary event stream: lengths, checksums, headers, JSON."""
    headers = {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}
    packed = b"".join(
        struct.pack("!B", len(key)) + key.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for key, value in headers.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack("!II", 16 + len(packed) + len(body), len(packed))
    message = prelude + struct.pack("!I", crc32(prelude)) + packed + body
    return message + struct.pack("!I", crc32(message))


def signature_is_true(asked: Asked, url: str) -> bool:
    """Return whether botocore's own signer gives the same signature for what was received."""
    sent = asked.headers
    found = _AUTHORIZATION.fullmatch(sent.get("authorization", ""))
    if found is None or found["key"] != KEY:
        return False
    request = AWSRequest(method=asked.method, url=url + asked.path, data=asked.body)
    for name in found["signed"].split(";"):
        request.headers[name] = sent[name]
    request.context["timestamp"] = sent["x-amz-date"]
    signer = SigV4Auth(Credentials(KEY, SECRET, sent.get("x-amz-security-token")), found["service"], found["region"])
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return bool(signer.signature(text, request) == found["signature"]) and found["service"] == "bedrock"
