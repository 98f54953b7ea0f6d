//! One value per type, built once per process.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

type Registry = RwLock<Option<HashMap<TypeId, &'static (dyn Any + Send + Sync)>>>;

/// Builds a `T` on the first call and returns the same value afterwards.
///
/// A `static` cannot use the parameters of a generic impl block. The value lives as long as the process: one `T` per
/// type is leaked.
#[must_use]
pub fn built_once<T: Any + Send + Sync>(build: impl FnOnce() -> T) -> &'static T {
    static BUILT: Registry = RwLock::new(None);

    let find = |built: &Option<HashMap<TypeId, &'static (dyn Any + Send + Sync)>>| {
        built.as_ref()?.get(&TypeId::of::<T>())?.downcast_ref::<T>()
    };
    if let Some(found) = find(&BUILT.read().unwrap_or_else(PoisonError::into_inner)) {
        return found;
    }
    // Built outside of the lock, because `build` is code of the application and may request another type.
    let value = build();
    let mut built = BUILT.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = find(&built) {
        return found;
    }
    let value: &'static T = Box::leak(Box::new(value));
    built.get_or_insert_default().insert(TypeId::of::<T>(), value);
    value
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Of<T>(&'static str, std::marker::PhantomData<T>);

    #[test]
    fn each_type_has_one_value() {
        static BUILDS: AtomicUsize = AtomicUsize::new(0);
        let build = |name| {
            move || {
                BUILDS.fetch_add(1, Ordering::Relaxed);
                name
            }
        };
        for _ in 0..3 {
            assert_eq!(built_once(|| Of::<u8>(build("u8")(), std::marker::PhantomData)).0, "u8");
            assert_eq!(built_once(|| Of::<u16>(build("u16")(), std::marker::PhantomData)).0, "u16");
        }
        assert_eq!(BUILDS.load(Ordering::Relaxed), 2);
    }
}
