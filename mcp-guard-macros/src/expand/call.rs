//! The call behind a lock: its parameters taken out of the request, the function, and its answer converted.

use proc_macro2::Ident;
use proc_macro2::TokenStream;
use quote::ToTokens;
use quote::format_ident;
use quote::quote;
use quote::quote_spanned;

use crate::attr::Kind;
use crate::valid::Answer;
use crate::valid::Extraction;
use crate::valid::Operation;
use crate::valid::Owner;
use crate::valid::Parameter;
use crate::valid::Reached;

/// The closure behind the lock. The parameters are taken before the future exists, so that it holds them and not the whole context.
pub(super) fn closure(operation: &Operation<'_>, private: &TokenStream) -> TokenStream {
    let call = &operation.call;
    let names: Vec<Ident> = (0..call.parameters.len()).map(|i| format_ident!("__mcp_guard_parameter{i}")).collect();
    let extractions = call.parameters.iter().zip(&names).map(|(parameter, name)| {
        let context = context(operation.kind, private);
        extract(parameter, name, &context, private)
    });
    let binding = if call.parameters.is_empty() { quote!() } else { quote!(mut) };
    let server = match call.server {
        Reached::Absent => None,
        Reached::Receiver | Reached::Parameter(_) => Some(quote!(__mcp_guard_server,)),
    };
    let reach = match operation.kind {
        Kind::Tool => quote!(service),
        Kind::Prompt | Kind::Resource | Kind::Method => quote!(server),
    };
    let bound = server.as_ref().map(|_| quote!(let __mcp_guard_server = __mcp_guard_context.#reach;));
    let kept = (operation.kind == Kind::Resource).then(|| quote!(let __mcp_guard_uri = __mcp_guard_context.uri;));
    let function = call.function;
    let callee = match call.owner {
        Owner::Block => quote_spanned!(call.returned=> Self::#function),
        Owner::Nobody => function.to_token_stream(),
    };
    let wait = call.awaited.then(|| quote!(.await));
    let value = quote_spanned!(call.returned=> #callee(#server #(#names),*) #wait);
    let answer = answer(operation, &value, private);
    // The name of the function is where a future that is not `Send` is reported.
    let future = quote_spanned!(function.span()=> ::std::boxed::Box::pin(async move { #answer }));
    quote! {
        |#binding __mcp_guard_context| {
            #(#extractions)*
            #bound
            #kept
            #future
        }
    }
}

fn answer(operation: &Operation<'_>, value: &TokenStream, private: &TokenStream) -> TokenStream {
    let (one, either, rest) = match operation.kind {
        Kind::Tool | Kind::Method => ("answer", "answer_or_error", quote!()),
        Kind::Prompt => ("prompt_answer", "prompt_answer_or_error", quote!()),
        Kind::Resource => {
            let mime_type = super::option(operation.definition.mime_type);
            ("resource_answer", "resource_answer_or_error", quote!(, &__mcp_guard_uri, #mime_type))
        }
    };
    let one = format_ident!("{one}");
    let either = format_ident!("{either}");
    match &operation.call.answer {
        Answer::Unnamed => quote!(#private::#one(#value #rest)),
        Answer::One(ty) => quote!(#private::#one::<#ty>(#value #rest)),
        Answer::Result(types) => {
            let (ty, error) = &**types;
            quote!(#private::#either::<#ty, #error>(#value #rest))
        }
    }
}

/// What a request is when it reaches an operation. Named, so that the compiler blames the type of a parameter for what it lacks, and not the extractor.
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

/// A variable of a URI template, out of the map of all of them.
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
