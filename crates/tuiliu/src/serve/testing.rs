//! A server for tests: answers one request, and tells what it was sent.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

/// Answers one request with this; what it was sent comes back.
pub(super) fn answers(
    status: &'static str,
    headers: &'static str,
    body: &'static str,
) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/check", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut seen, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut chunk).unwrap();
            seen.extend_from_slice(&chunk[..count]);
            if count == 0 || seen.ends_with(b"}") {
                break;
            }
        }
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
        // Whoever reads only the beginning hangs up.
        drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())));
        String::from_utf8(seen).unwrap()
    });
    (url, server)
}
