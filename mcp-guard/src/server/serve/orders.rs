//! Orders to end a connection.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Poll;

use futures::task::AtomicWaker;

/// An order to end a connection. Each order includes the ones before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(super) enum Order {
    /// End as soon as the requests in progress are answered.
    Close = 1,
    /// End at once.
    Drop = 2,
}

/// The order for one connection, checked at each poll. A shared `CancellationToken` would take a lock at each poll.
#[derive(Debug, Default)]
pub(super) struct Orders {
    order: AtomicU8,
    connection: AtomicWaker,
}

impl Orders {
    pub(super) fn give(&self, order: Order) {
        self.order.fetch_max(order as u8, Ordering::AcqRel);
        self.connection.wake();
    }

    pub(super) fn is_given(&self, order: Order) -> bool {
        self.order.load(Ordering::Acquire) >= order as u8
    }

    /// Waits for an order. Only the task of the connection may wait.
    pub(super) async fn wait_for(&self, order: Order) {
        poll_fn(|cx| {
            if self.is_given(order) {
                return Poll::Ready(());
            }
            self.connection.register(cx.waker());
            // The order may have been given before the waker was registered.
            if self.is_given(order) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn drop_order_includes_closing() {
        let orders = Arc::new(Orders::default());
        let waiting = tokio::spawn({
            let orders = Arc::clone(&orders);
            async move { orders.wait_for(Order::Close).await }
        });
        tokio::task::yield_now().await;
        orders.give(Order::Drop);
        waiting.await.unwrap();
        orders.give(Order::Close);
        orders.wait_for(Order::Drop).await;
    }
}
