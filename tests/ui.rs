//! Compiles the cases in `ui`: the compiler rejects those in `fail` with the errors in their `.stderr` files, which
//! come from the pinned toolchain, and accepts those in `pass`, which then run.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn valid_servers_compile_and_run() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
