//! What carries a WebSocket: a TCP connection, or what is put around one.

use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes both ways, one way or another.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}
