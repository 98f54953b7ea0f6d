//! Handling of panics in application code.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Drops the payload of a panic without showing it. The panic hook has printed it, and it may contain a token.
pub(crate) fn discard(panic: Box<dyn Any + Send>) {
    // Dropping the payload may panic as well.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_of_a_destructor_is_contained() {
        struct Bomb;

        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("again");
            }
        }

        discard(Box::new(Bomb));
    }
}
