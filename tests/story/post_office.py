"""A mail server on loopback that keeps what it gets as files: STARTTLS with a certificate of its own authority, then a password.

Not for: delivering anything. Invariant: nothing is taken without TLS and password, and the first mail of each run is put off once,
as servers with greylisting do (RFC 6647), so that whoever does not try again loses it.
"""

import datetime
import ipaddress
import logging
import secrets
import ssl
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "127.0.0.1"
USER = "holdfast"


def certificate(subject, issuer, key, issuer_key, extensions):
    """A certificate that is valid from yesterday for two days: the story's clock goes ten minutes ahead."""
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, critical=is_critical)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def make_certificates(folder):
    """Writes the authority (`ca.pem`) and the server's certificate with its key (`server.pem`)."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = named("Story authority")
    ca = certificate(authority, authority, authority_key, authority_key, [(x509.BasicConstraints(ca=True, path_length=0), True)])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST)), x509.DNSName("localhost")])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    leaf = certificate(named("localhost"), authority, key, authority_key, [(names, False), (usage, False)])
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(ca)
    (folder / "server.pem").write_bytes(leaf + secret)


class PostOffice:
    """The server; `begin` starts it in a thread of its own."""

    def __init__(self, folder):
        self.mails, self.folder = folder / "mails", folder / "post-office"
        self.password = secrets.token_urlsafe(16)
        self.put_off, self.taken = 0, 0
        self.controller = None

    def begin(self, port):
        """Listens; the address, the sender's settings and the authority to trust are in `settings`."""
        # A client that refuses our certificate is a test here, no fault to print; the other is aiosmtpd talking to itself.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", message="Session.login_data")
        self.mails.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        make_certificates(self.folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.folder / "server.pem")
        self.controller = Controller(
            self,
            hostname=HOST,
            port=port,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            auth_require_tls=True,
            authenticator=self.authenticate,
        )
        self.controller.start()

    def end(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    def settings(self):
        """Environment under which the server sends its mails here."""
        return {
            "HOLDFAST__MAIL__TRANSPORT": "smtp",
            "HOLDFAST__MAIL__HOST": "localhost",
            "HOLDFAST__MAIL__PORT": str(self.controller.port),
            "HOLDFAST__MAIL__SECURITY": "starttls",
            "HOLDFAST__MAIL__USER": USER,
            "HOLDFAST__MAIL__PASSWORD": self.password,
            "SSL_CERT_FILE": str(self.folder / "ca.pem"),
        }

    def authenticate(self, _server, _session, _envelope, _mechanism, data):
        is_right = data.login == USER.encode() and secrets.compare_digest(data.password, self.password.encode())
        return AuthResult(success=is_right)

    async def handle_DATA(self, _server, session, envelope):  # noqa: N802  (the name that aiosmtpd calls)
        """Puts the first mail off, keeps each later one as `<number>.eml`."""
        if not session.ssl:
            return "530 no TLS"
        if self.put_off == 0:
            self.put_off += 1
            return "451 4.7.1 come back later"
        self.taken += 1
        # Written under another name first: whoever lists the folder never reads half a mail.
        path = self.mails / f"{self.taken:04}.part"
        path.write_bytes(envelope.original_content)
        path.rename(path.with_suffix(".eml"))
        return "250 kept"
