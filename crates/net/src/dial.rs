//! Reaching a relay: its address, the token, and what answers there.

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::{self, handshake::client::Request};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::connection::{self, broken};
use crate::error::Error;
use crate::limits::Limits;
use crate::tls::{Connector, Roots};
use crate::wire::Wire;

/// A WebSocket to a relay.
pub(crate) type Socket = WebSocketStream<Box<dyn Wire>>;

/// Where a relay is, and what it is asked for.
#[derive(Clone)]
pub(crate) struct Address {
    request: Request,
    host: String,
    port: u16,
    /// Where the address begins with wss.
    tls: Option<Connector>,
}

impl Address {
    /// What is asked for at an address, with a token; and who is believed to vouch for the relay.
    pub(crate) fn read(url: &str, token: Option<&str>, roots: &Roots) -> Result<Address, Error> {
        let wrong = |what: String| Error::Address {
            url: url.to_owned(),
            what,
        };
        let is_secure = url.starts_with("wss://");
        if !is_secure && !url.starts_with("ws://") {
            return Err(wrong("it begins with ws:// or wss://".to_owned()));
        }
        let request = url.into_client_request();
        let mut request = request.map_err(|error| wrong(error.to_string()))?;
        if let Some(token) = token {
            let value = HeaderValue::try_from(format!("Bearer {token}"));
            let mut value =
                value.map_err(|_| wrong("its token has letters that no token has".to_owned()))?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let host = request.uri().host().unwrap_or_default();
        // An address of IPv6 stands in brackets.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(wrong("it names no host".to_owned()));
        }
        let tls = match is_secure {
            true => Some(Connector::new(roots, host).map_err(wrong)?),
            false => None,
        };
        Ok(Address {
            host: host.to_owned(),
            port: request
                .uri()
                .port_u16()
                .unwrap_or(if is_secure { 443 } else { 80 }),
            request,
            tls,
        })
    }

    async fn wire(&self) -> Result<Box<dyn Wire>, Error> {
        let connected = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = connected.map_err(broken)?;
        // What is typed is small, and is not to wait for more of it.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            Some(connector) => connector.connect(stream).await,
            None => Ok(Box::new(stream)),
        }
    }
}

/// Connects.
pub(crate) async fn dial(address: &Address, limits: &Limits) -> Result<Socket, Error> {
    let config = connection::config(limits);
    let connecting = async {
        let wire = address.wire().await?;
        let request = address.request.clone();
        let connected = client_async_with_config(request, wire, Some(config)).await;
        let (socket, _) = connected.map_err(refused)?;
        Ok(socket)
    };
    let connected = timeout(limits.greeting, connecting).await;
    connected.unwrap_or(Err(Error::TimedOut { what: "answer" }))
}

fn refused(error: tungstenite::Error) -> Error {
    match error {
        tungstenite::Error::Http(answer) => match answer.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::NotAllowed,
            // It is there, and has no room at present.
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                broken("the relay has no room at present")
            }
            status => Error::Refused {
                status: status.as_u16(),
            },
        },
        error => broken(error),
    }
}
