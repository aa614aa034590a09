"""A small SOAP service of a department, written by hand: a WSDL that imports a schema, one operation, faults."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

WSDL = """<?xml version="1.0" encoding="utf-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/{soap}/"
  xmlns:t="urn:population" xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:population">
  <types><x:schema targetNamespace="urn:wsdl">
    <x:import namespace="urn:population" schemaLocation="{schema}"/>
  </x:schema></types>
  <message name="Ask"><part name="parameters" element="t:Query"/></message>
  <message name="Answer"><part name="parameters" element="t:QueryResponse"/></message>
  <portType name="Population">
    <operation name="Query"><input message="t:Ask"/><output message="t:Answer"/></operation></portType>
  <binding name="PopulationSoap" type="t:Population">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Query"><soap:operation soapAction="urn:population/Query"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
  </binding>
  <service name="PopulationService"><port name="Port" binding="t:PopulationSoap">
    <soap:address location="http://internal.example:9/population"/></port></service>
</definitions>
"""
SCHEMA = """<?xml version="1.0" encoding="utf-8"?>
<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:population" targetNamespace="urn:population"
  elementFormDefault="qualified">
  <x:element name="Query"><x:complexType><x:sequence>
    <x:element name="from" type="x:string" minOccurs="0"/><x:element name="to" type="x:string" minOccurs="0"/>
    <x:element name="page" type="x:int" minOccurs="0"/><x:element name="size" type="x:int" minOccurs="0"/>
  </x:sequence></x:complexType></x:element>
  <x:complexType name="Person"><x:sequence>{elements}</x:sequence></x:complexType>
  <x:element name="QueryResponse"><x:complexType><x:sequence>
    <x:element name="total" type="x:int"/>
    <x:element name="people"><x:complexType><x:sequence>
      <x:element name="person" type="t:Person" minOccurs="0" maxOccurs="unbounded"/>
    </x:sequence></x:complexType></x:element>
  </x:sequence></x:complexType></x:element>
</x:schema>
"""
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
Answer = tuple[int, bytes]
Rows = Sequence[Mapping[str, str | None]]


@dataclass
class SoapService:
    """What it has, what it was asked, and what it answers."""

    port: int = 0
    names: Sequence[str] = ()
    rows: Rows = ()
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    answer: Callable[[str], Answer] | None = None
    faults: list[Answer] = field(default_factory=list)
    schema: str = "/types.xsd"
    soap: str = "soap"
    decimals: Sequence[str] = ()

    def wsdl(self) -> str:
        return WSDL.format(schema=self.schema, soap=self.soap)

    def types(self) -> str:
        def element(name: str) -> str:
            of = "decimal" if name in self.decimals else "string"
            return f'<x:element name="{name}" type="x:{of}" nillable="true"/>'

        return SCHEMA.format(elements="".join(map(element, self.names)))

    def reply(self, asked: str) -> Answer:
        self.asked.append(asked)
        if self.faults:
            return self.faults.pop(0)
        return self.answer(asked) if self.answer else (200, self.page(asked))

    def page(self, asked: str) -> bytes:
        size, page = number(asked, "size") or len(self.rows), number(asked, "page") or 1
        rows = self.rows[size * (page - 1) : size * page]
        return enveloped(self.response(rows))

    def response(self, rows: Rows) -> str:
        people = "".join(f"<p:person>{''.join(_element(n, row[n]) for n in row)}</p:person>" for row in rows)
        total = f"<p:total>{len(self.rows)}</p:total>"
        return f'<p:QueryResponse xmlns:p="urn:population">{total}<p:people>{people}</p:people></p:QueryResponse>'


def number(asked: str, name: str) -> int:
    found = re.search(f"<[^>]*:?{name}>([0-9]+)<", asked)
    return int(found[1]) if found else 0


def enveloped(body: str, space: str = ENVELOPE, before: str = "") -> bytes:
    xsi = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    head = f'<?xml version="1.0" encoding="utf-8"?>{before}'
    return f'{head}<s:Envelope xmlns:s="{space}" {xsi}><s:Body>{body}</s:Body></s:Envelope>'.encode()


def fault(code: str, said: str) -> bytes:
    return enveloped(f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>{escape(said)}</faultstring></s:Fault>")


def _element(name: str, text: str | None) -> str:
    return f'<p:{name} i:nil="true"/>' if text is None else f"<p:{name}>{escape(text)}</p:{name}>"


@contextmanager
def soap_service() -> Iterator[SoapService]:
    """Running on a free port of this machine."""
    service = SoapService()

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            texts = {"/population?wsdl": service.wsdl(), "/types.xsd": service.types()}
            found = texts.get(self.path)
            self._send(200 if found else 404, (found or "").encode())

        def do_POST(self) -> None:
            service.headers.append(dict(self.headers))
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send(*service.reply(content))

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(ConnectionError):  # of a long error only the beginning is read
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Counter) as server:
        service.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
