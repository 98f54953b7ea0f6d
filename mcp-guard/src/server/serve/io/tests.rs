use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

const TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn stalled_write_fails_after_the_timeout() {
    let (stream, _peer) = tokio::io::duplex(8);
    let mut stream = WriteTimeout::new(stream, TIMEOUT);
    let start = Instant::now();
    let write = tokio::time::timeout(10 * TIMEOUT, stream.write_all(&[0; 9])).await;
    let error = write.expect("the write did not fail").unwrap_err();
    assert_eq!((error.kind(), start.elapsed().as_secs()), (io::ErrorKind::TimedOut, TIMEOUT.as_secs()));
}

#[tokio::test(start_paused = true)]
async fn progress_restarts_the_timeout() {
    let (stream, mut peer) = tokio::io::duplex(8);
    let mut stream = WriteTimeout::new(stream, TIMEOUT);
    let reader = tokio::spawn(async move {
        for _ in 0..100 {
            tokio::time::sleep(TIMEOUT - Duration::from_secs(1)).await;
            peer.read_u8().await.unwrap();
        }
        peer
    });
    stream.write_all(&[0; 108]).await.unwrap();
    drop(reader.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn flushes_do_not_restart_the_timeout_of_a_write() {
    let (stream, _peer) = tokio::io::duplex(1);
    let mut stream = WriteTimeout::new(stream, TIMEOUT);
    stream.write_u8(0).await.unwrap();
    for _ in 0..2 {
        let write = tokio::time::timeout(Duration::from_secs(20), stream.write_u8(1)).await;
        if let Ok(written) = write {
            assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
            return;
        }
        stream.flush().await.unwrap();
    }
    panic!("the write did not fail");
}

#[tokio::test(start_paused = true)]
async fn quiet_reader_is_not_limited() {
    let (stream, _peer) = tokio::io::duplex(8);
    let mut stream = WriteTimeout::new(stream, TIMEOUT);
    stream.write_all(&[0; 8]).await.unwrap();
    assert!(tokio::time::timeout(10 * TIMEOUT, stream.read_u8()).await.is_err());
}
