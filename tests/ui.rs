//! Code that the macros accept or reject. The `.stderr` files are those of the pinned toolchain.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn everything_else_compiles_and_runs() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
