//! What stands for TLS where this is built without it: there is none of any of it.

use tokio::net::TcpStream;

use crate::error::Error;
use crate::wire::Wire;

/// With what a relay proves who it is.
#[derive(Clone)]
pub(crate) enum Identity {}

impl Identity {
    pub(crate) async fn accept(&self, _: TcpStream) -> std::io::Result<Box<dyn Wire>> {
        match *self {}
    }
}

/// Whom a program believes who a relay is.
#[derive(Clone, Default)]
pub(crate) struct Roots;

/// What puts TLS around a connection to a relay.
#[derive(Clone)]
pub(crate) enum Connector {}

impl Connector {
    pub(crate) fn new(_: &Roots, _: &str) -> Result<Connector, String> {
        Err("this program was built without TLS, the feature `tls`".to_owned())
    }

    pub(crate) async fn connect(&self, _: TcpStream) -> Result<Box<dyn Wire>, Error> {
        match *self {}
    }
}
