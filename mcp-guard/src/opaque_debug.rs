//! `Debug` implementations without fields.

/// Implements `Debug` with the name of the type only. With `redacted`, prints `Name([redacted])`, for types that
/// contain data of a token.
macro_rules! opaque_debug {
    (redacted $name:ident $(<$parameter:tt>)?) => {
        opaque_debug!(@impl $name $(<$parameter>)?, concat!(stringify!($name), "([redacted])"));
    };
    ($name:ident $(<$parameter:tt>)?) => {
        opaque_debug!(@impl $name $(<$parameter>)?, stringify!($name));
    };
    (@impl $name:ident $(<$parameter:tt>)?, $text:expr) => {
        impl $(<$parameter>)? ::std::fmt::Debug for $name $(<$parameter>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str($text)
            }
        }
    };
}

/// Implements `Debug` with the text of `Display`: a `main` that returns the error prints it with `Debug`.
macro_rules! debug_as_display {
    ($($error:ty),*) => {
        $(impl ::std::fmt::Debug for $error {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        })*
    };
}
