//! The definition of an operation that clients see in lists.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::option;
use crate::valid::{Hints, Operation};

/// Generates an expression of type `Tool`.
pub(super) fn tool(tool: &Operation<'_>, private: &TokenStream) -> TokenStream {
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
    let annotations = definition.hints.as_ref().map(|hints| annotations(hints, &rmcp));
    let common = common(tool);
    quote! {
        #rmcp::model::Tool::new_with_raw(#name, #description, #input_schema)
            #output_schema
            #annotations
            #common
    }
}

/// Generates an expression of type `Prompt`.
pub(super) fn prompt(prompt: &Operation<'_>, private: &TokenStream) -> TokenStream {
    let rmcp = quote!(#private::rmcp);
    let name = &prompt.name;
    let description = match &prompt.definition.description {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::<&::core::primitive::str>::None),
    };
    let arguments = match &prompt.call.arguments {
        Some(arguments) => quote!(#private::prompt_arguments::<#arguments>()),
        None => quote!(::core::option::Option::None),
    };
    let common = common(prompt);
    quote!(#rmcp::model::Prompt::new(#name, #description, #arguments) #common)
}

/// Generates an expression of type `Resource` or `ResourceTemplate`.
pub(super) fn resource(resource: &Operation<'_>, private: &TokenStream) -> TokenStream {
    let rmcp = quote!(#private::rmcp);
    let name = &resource.name;
    let uri = resource.uri.as_ref().map(|uri| uri.literal);
    let is_template = resource.uri.as_ref().is_some_and(|uri| !uri.variables.is_empty());
    let new = if is_template { quote!(ResourceTemplate::new) } else { quote!(Resource::new) };
    let description = resource.definition.description.as_ref().map(|text| quote!(.with_description(#text)));
    let mime_type = resource.definition.mime_type.map(|mime_type| quote!(.with_mime_type(#mime_type)));
    let common = common(resource);
    quote!(#rmcp::model::#new(#uri, #name) #description #mime_type #common)
}

/// Generates the calls that set the common optional properties.
fn common(operation: &Operation<'_>) -> TokenStream {
    let title = operation.definition.title.map(|title| quote!(.with_title(#title)));
    let icons = operation.definition.icons.map(|icons| quote!(.with_icons(#icons)));
    let meta = operation.definition.meta.map(|meta| quote!(.with_meta(#meta)));
    quote!(#title #icons #meta)
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
