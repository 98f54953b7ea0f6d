//! The values of panics in code of the application.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

/// Drops the value of a panic, which is never shown: the panic hook has printed it, and it may hold a token.
pub(crate) fn discard(panic: Box<dyn Any + Send>) {
    // The value of a panic may panic when it is dropped.
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
