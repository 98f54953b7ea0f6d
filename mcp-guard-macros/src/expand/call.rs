//! The call of an operation: extracts the parameters, calls the function, and converts its result.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use crate::attr::Kind;
use crate::valid::{Extraction, Operation, Output, Parameter, Placement, ServerAccess};

/// Generates the closure that the lock protects. It extracts the parameters before it creates the future, which then
/// holds the parameters instead of the whole context.
pub(super) fn closure(operation: &Operation<'_>, private: &TokenStream) -> TokenStream {
    let call = &operation.call;
    let names: Vec<Ident> = (0..call.parameters.len()).map(|i| format_ident!("__mcp_guard_parameter{i}")).collect();
    let extractions = call.parameters.iter().zip(&names).map(|(parameter, name)| {
        let context = context(operation.kind, private);
        extract(parameter, name, &context, private)
    });
    let binding = if call.parameters.is_empty() { quote!() } else { quote!(mut) };
    let server = match call.server {
        ServerAccess::Unused => None,
        ServerAccess::Receiver | ServerAccess::Parameter(_) => Some(quote!(__mcp_guard_server,)),
    };
    let field = match operation.kind {
        Kind::Tool => quote!(service),
        Kind::Prompt | Kind::Resource | Kind::Method => quote!(server),
    };
    let server_binding = server.as_ref().map(|_| quote!(let __mcp_guard_server = __mcp_guard_context.#field;));
    let uri = (operation.kind == Kind::Resource).then(|| quote!(let __mcp_guard_uri = __mcp_guard_context.uri;));
    let function = call.function;
    let callee = match call.placement {
        Placement::Block => quote_spanned!(call.returned=> Self::#function),
        Placement::Free => function.to_token_stream(),
    };
    let wait = call.awaited.then(|| quote!(.await));
    let value = quote_spanned!(call.returned=> #callee(#server #(#names),*) #wait);
    let result = convert(operation, &value, private);
    // The compiler reports a future that is not `Send` at the name of the function.
    let future = quote_spanned!(function.span()=> ::std::boxed::Box::pin(async move { #result }));
    quote! {
        |#binding __mcp_guard_context| {
            #(#extractions)*
            #server_binding
            #uri
            #future
        }
    }
}

fn convert(operation: &Operation<'_>, value: &TokenStream, private: &TokenStream) -> TokenStream {
    let (plain, result, rest) = match operation.kind {
        Kind::Tool | Kind::Method => ("answer", "answer_or_error", quote!()),
        Kind::Prompt => ("prompt_answer", "prompt_answer_or_error", quote!()),
        Kind::Resource => {
            let mime_type = super::option(operation.definition.mime_type);
            ("resource_answer", "resource_answer_or_error", quote!(, &__mcp_guard_uri, #mime_type))
        }
    };
    let plain = format_ident!("{plain}");
    let result = format_ident!("{result}");
    match &operation.call.output {
        Output::Unnamed => quote!(#private::#plain(#value #rest)),
        Output::Plain(ty) => quote!(#private::#plain::<#ty>(#value #rest)),
        Output::Result(types) => {
            let (ty, error) = &**types;
            quote!(#private::#result::<#ty, #error>(#value #rest))
        }
    }
}

/// Generates a call that declares whether the operation takes nothing from the connection of its request. The compiler
/// decides it by the types: their names say nothing.
pub(super) fn direct(operation: &Operation<'_>, private: &TokenStream) -> Option<TokenStream> {
    let (kind, error_is_answer) = match operation.kind {
        Kind::Tool => (quote!(tool), true),
        Kind::Prompt => (quote!(prompt), false),
        Kind::Resource => (quote!(resource), false),
        Kind::Method => return None,
    };
    let answers = match &operation.call.output {
        Output::Unnamed => return None,
        Output::Plain(ty) => vec![&**ty],
        Output::Result(types) if error_is_answer => vec![&types.0, &types.1],
        Output::Result(types) => vec![&types.0],
    };
    let parameters = operation.call.parameters.iter().filter_map(|parameter| match parameter.extraction {
        Extraction::Variable { .. } | Extraction::OptionalToken => None,
        Extraction::Wrapper | Extraction::Plain => Some(&parameter.ty),
    });
    Some(quote!(.direct(#private::is_direct!(#kind [#(#answers),*] [#(#parameters),*]))))
}

/// Returns the type of the request's context. With a named type, the compiler reports a missing trait at the type of a
/// parameter and not at the extractor.
fn context(kind: Kind, private: &TokenStream) -> TokenStream {
    match kind {
        Kind::Tool | Kind::Method => quote!(#private::ToolCallContext<'_, _>),
        Kind::Prompt => quote!(#private::PromptContext<'_, _>),
        Kind::Resource => quote!(#private::ResourceContext<'_, _>),
    }
}

fn extract(parameter: &Parameter, name: &Ident, context: &TokenStream, private: &TokenStream) -> TokenStream {
    let ty = &parameter.ty;
    let extractor = match &parameter.extraction {
        Extraction::OptionalToken => quote!(#private::extract_optional_token(&mut __mcp_guard_context)),
        Extraction::Wrapper => quote!(#private::extract::<#context, #ty>(&mut __mcp_guard_context)),
        Extraction::Plain => quote!(#private::parameter::<_, #ty>(&mut __mcp_guard_context)),
        Extraction::Variable { name, optional } => {
            variable(ty, name, *optional, &quote!(&__mcp_guard_context.variables), private)
        }
    };
    quote!(let #name = #private::or_return!(#extractor);)
}

/// Parses a variable of a URI template from the map of all variables.
pub(super) fn variable(
    ty: &syn::Type,
    name: &str,
    optional: bool,
    variables: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    if optional {
        quote!(#private::optional_variable::<#ty>(#variables, #name))
    } else {
        quote!(#private::variable::<#ty>(#variables, #name))
    }
}
