//! TLS, by `rustls`: with what a relay proves who it is, and whom a program believes that.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, Error as TlsError, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::connection::broken;
use crate::error::Error;
use crate::wire::Wire;

/// With what a relay proves who it is: its certificate, and the key to that. With the feature `tls`.
#[derive(Clone)]
pub struct Identity(TlsAcceptor);

impl Identity {
    /// Out of PEM: the relay's certificate, then those that vouch for it, as an authority gives them; and the private key.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] where either is none, or the key is another's.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Identity, Error> {
        let certificates = certificates_in(certificates)?;
        let key = PrivateKeyDer::from_pem_slice(key);
        let key = key.map_err(|error| wrong(format!("the private key: {error}")))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config
            .with_safe_default_protocol_versions()
            .map_err(wrong)?;
        let config = config.with_no_client_auth();
        let mut config = config.with_single_cert(certificates, key).map_err(wrong)?;
        config.alpn_protocols.push(b"http/1.1".to_vec());
        Ok(Identity(TlsAcceptor::from(Arc::new(config))))
    }

    /// Proves it to whoever connects.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<Box<dyn Wire>> {
        Ok(Box::new(self.0.accept(stream).await?))
    }
}

/// Whom a program believes who a relay is: the authorities that the system knows, unless others are named. With the feature `tls`.
#[derive(Clone, Default)]
pub struct Roots(Option<Arc<RootCertStore>>);

impl Roots {
    /// The authorities that the system knows.
    pub fn system() -> Roots {
        Roots::default()
    }

    /// These authorities alone, out of PEM: a relay's own, say.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] where none is there, or one is none.
    pub fn from_pem(certificates: &[u8]) -> Result<Roots, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates_in(certificates)? {
            roots.add(certificate).map_err(wrong)?;
        }
        Ok(Roots(Some(Arc::new(roots))))
    }

    fn read(&self) -> Result<Arc<RootCertStore>, String> {
        if let Some(roots) = &self.0 {
            return Ok(Arc::clone(roots));
        }
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        // What of them makes no sense is not believed.
        let (added, _) = roots.add_parsable_certificates(found.certs);
        match (added, found.errors.first()) {
            (0, Some(error)) => Err(format!("the authorities that the system knows: {error}")),
            (0, None) => Err("the system knows no authority".to_owned()),
            _ => Ok(Arc::new(roots)),
        }
    }
}

/// What puts TLS around a connection to a relay.
#[derive(Clone)]
pub(crate) struct Connector {
    connector: TlsConnector,
    /// Of whom the relay is to prove that it is it.
    name: ServerName<'static>,
}

impl Connector {
    pub(crate) fn new(roots: &Roots, host: &str) -> Result<Connector, String> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions();
        let config = config.map_err(|error| error.to_string())?;
        let config = config.with_root_certificates(roots.read()?);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols.push(b"http/1.1".to_vec());
        let connector = TlsConnector::from(Arc::new(config));
        Ok(Connector { connector, name })
    }

    /// Has the relay prove who it is.
    pub(crate) async fn connect(&self, stream: TcpStream) -> Result<Box<dyn Wire>, Error> {
        let connected = self.connector.connect(self.name.clone(), stream).await;
        match connected {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(of_relay(error)),
        }
    }
}

/// What went wrong in meeting a relay: whether it is not the one it is to be, or the link broke.
fn of_relay(error: io::Error) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(TlsError::InvalidCertificate(_)) => wrong(error),
        _ => broken(error),
    }
}

fn certificates_in(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| wrong(format!("a certificate: {error}")))?;
    match certificates.is_empty() {
        true => Err(wrong("no certificate is there")),
        false => Ok(certificates),
    }
}

fn wrong(what: impl std::fmt::Display) -> Error {
    Error::Certificate {
        what: what.to_string(),
    }
}
