//! What a client is told of a tool.

use proc_macro2::TokenStream;
use quote::ToTokens;
use quote::quote;

use crate::valid::Hints;
use crate::valid::Tool;

/// An expression of type `Tool`.
pub(super) fn tool(tool: &Tool<'_>, private: &TokenStream) -> TokenStream {
    let rmcp = quote!(#private::rmcp);
    let name = &tool.name;
    let definition = &tool.definition;
    let description = option(definition.description.as_ref().map(|text| quote!(::core::convert::Into::into(#text))));
    let input_schema = match (definition.input_schema, &tool.call.arguments) {
        (Some(given), _) => given.to_token_stream(),
        (None, Some(arguments)) => quote!(#private::input_schema::<#arguments>(#name)),
        (None, None) => quote!(#rmcp::handler::server::common::schema_for_empty_input()),
    };
    let output_schema = match (definition.output_schema, &tool.call.json) {
        (Some(given), _) => Some(given.to_token_stream()),
        (None, json) => json.as_ref().map(|json| quote!(#rmcp::handler::server::tool::schema_for_output::<#json>())),
    };
    let output_schema = output_schema.map(|schema| quote!(.with_raw_output_schema(#schema)));
    let title = definition.title.map(|title| quote!(.with_title(#title)));
    let annotations = definition.hints.as_ref().map(|hints| annotations(hints, &rmcp));
    let icons = definition.icons.map(|icons| quote!(.with_icons(#icons)));
    let meta = definition.meta.map(|meta| quote!(.with_meta(#meta)));
    quote! {
        #rmcp::model::Tool::new_with_raw(#name, #description, #input_schema)
            #title
            #output_schema
            #annotations
            #icons
            #meta
    }
}

fn annotations(hints: &Hints<'_>, rmcp: &TokenStream) -> TokenStream {
    let title = option(hints.title.map(|title| quote!(::core::convert::Into::into(#title))));
    let read_only = option(hints.read_only);
    let destructive = option(hints.destructive);
    let idempotent = option(hints.idempotent);
    let open_world = option(hints.open_world);
    quote! {
        .with_annotations(
            #rmcp::model::ToolAnnotations::from_raw(#title, #read_only, #destructive, #idempotent, #open_world)
        )
    }
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
