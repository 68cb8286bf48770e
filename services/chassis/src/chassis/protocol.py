"""What the server itself refuses before a route is found, in the shape of every other error."""

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from chassis.answers import RequestUnreadable, refusal_answer


class ShapedProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """HTTP that is no HTTP, such as an address with raw Chinese characters, gets a sentence and not uvicorn's text."""

    def send_400_response(self, msg: str) -> None:
        answer = refusal_answer(RequestUnreadable())
        head = "".join(f"{name.decode()}: {value.decode()}\r\n" for name, value in answer.raw_headers)
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{head}connection: close\r\n\r\n".encode() + answer.body)
        self.transport.close()
