//! From an HTTP request to a WebSocket: the server's side of the handshake (RFC 6455, 4.2).
//!
//! `axum` answers it by a release of `tungstenite` of its own choice; done here, both sides are the same one.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The answer, and what becomes the connection; `None` where the request asks for no WebSocket.
pub(crate) fn upgrade(request: &mut Request) -> Option<(Response<Body>, OnUpgrade)> {
    let headers = request.headers();
    let asks = has(headers, &CONNECTION, "upgrade")
        && has(headers, &UPGRADE, "websocket")
        && has(headers, &SEC_WEBSOCKET_VERSION, "13");
    if !asks {
        return None;
    }
    let accept = derive_accept_key(headers.get(SEC_WEBSOCKET_KEY)?.as_bytes());
    let response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, accept)
        .body(Body::empty())
        .ok()?;
    let upgraded = request.extensions_mut().remove::<OnUpgrade>()?;
    Some((response, upgraded))
}

/// Whether one of the words of a header is this one.
fn has(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let mut words = texts.flat_map(|text| text.split(','));
    words.any(|one| one.trim().eq_ignore_ascii_case(word))
}
