//! Moves a service into the future of its call.

/// Returns the service that was polled ready, and leaves a clone in its place.
pub(crate) fn take_ready<S: Clone>(service: &mut S) -> S {
    let clone = service.clone();
    std::mem::replace(service, clone)
}
