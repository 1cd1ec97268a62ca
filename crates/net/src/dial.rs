//! Reaching a relay: its address, the token, and what answers there.

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::{self, handshake::client::Request};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::connection::{self, broken};
use crate::error::Error;
use crate::limits::Limits;

/// A WebSocket to a relay.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What is asked for at an address, with a token.
pub(crate) fn request(url: &str, token: Option<&str>) -> Result<Request, Error> {
    let wrong = |what: String| Error::Address {
        url: url.to_owned(),
        what,
    };
    if !url.starts_with("ws://") {
        return Err(wrong("it begins with ws://".to_owned()));
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
    Ok(request)
}

/// Connects.
pub(crate) async fn dial(request: Request, limits: &Limits) -> Result<Socket, Error> {
    let config = connection::config(limits);
    let connecting = connect_async_with_config(request, Some(config), true);
    let connected = timeout(limits.greeting, connecting).await;
    let connected = connected.map_err(|_| Error::TimedOut { what: "answer" })?;
    let (socket, _) = connected.map_err(refused)?;
    Ok(socket)
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
