//! The strict pre-parser: text to a tree of elements of the table, or a refusal.
//!
//! Not an XML library: it reads the small part of XML that identity providers write. Invariant: what it returns holds no
//! construct that another parser could read in another way (document types, entities, comments, processing instructions,
//! CDATA, prefixed `ID`s, undeclared or relative namespaces).

use std::collections::BTreeMap;

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

use super::conditions;
use super::grammar::{self, ASSERTION, Kind, NAMESPACES, QUALIFIED_ATTRIBUTES, Rule};
use super::refusal::SamlRefusal;

/// The most elements of an answer.
const MAXIMUM_ELEMENTS: usize = 8_000;
/// The only status of an answer that is read on.
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// An element with what it holds.
#[derive(Debug)]
pub(super) struct Node {
    rule: &'static Rule,
    attributes: BTreeMap<&'static str, String>,
    children: Vec<Node>,
    text: String,
}

impl Node {
    /// Which element it is.
    pub(super) const fn kind(&self) -> Kind {
        self.rule.kind
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The value of an attribute that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, SamlRefusal> {
        self.attribute(name).ok_or(SamlRefusal::Value(name))
    }

    /// The text, without white space around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim_matches([' ', '\t', '\n', '\r'])
    }

    /// The children of one kind.
    pub(super) fn all(&self, kind: Kind) -> impl Iterator<Item = &Self> {
        self.children
            .iter()
            .filter(move |child| child.kind() == kind)
    }

    /// The first child of a kind.
    pub(super) fn child(&self, kind: Kind) -> Option<&Self> {
        self.all(kind).next()
    }

    /// The first child of a kind that must be there.
    pub(super) fn only(&self, kind: Kind) -> Result<&Self, SamlRefusal> {
        self.child(kind)
            .ok_or(SamlRefusal::Missing(self.rule.name, grammar::name_of(kind)))
    }
}

/// Reads a document whose root is a `Response`.
pub(super) fn parse(xml: &str) -> Result<Node, SamlRefusal> {
    if !xml.chars().all(is_plain_character) {
        return Err(SamlRefusal::NotUtf8);
    }
    let mut reader = NsReader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = true;
    config.expand_empty_elements = true;
    let mut builder = Builder::default();
    loop {
        let (namespace, event) = reader
            .read_resolved_event()
            .map_err(|_malformed| SamlRefusal::NotXml)?;
        match event {
            Event::Start(start) => {
                let namespace = bound(&namespace)?;
                let rule = builder.rule(namespace, start.local_name().as_ref())?;
                let attributes = attributes(rule, &start, &reader)?;
                builder.open(rule, attributes)?;
            }
            Event::End(_) => builder.close()?,
            Event::Text(text) => {
                let text = text
                    .xml10_content()
                    .map_err(|_malformed| SamlRefusal::NotXml)?;
                builder.text(&text)?;
            }
            Event::GeneralRef(reference) => builder.text(&character(&reference)?.to_string())?,
            Event::Decl(declaration) => builder.declaration(&declaration)?,
            Event::CData(_) => return Err(SamlRefusal::Construct("a CDATA section")),
            Event::Comment(_) => return Err(SamlRefusal::Construct("a comment")),
            Event::PI(_) => return Err(SamlRefusal::Construct("a processing instruction")),
            Event::DocType(_) => return Err(SamlRefusal::Construct("a document type")),
            Event::Empty(_) => return Err(SamlRefusal::NotXml),
            Event::Eof => return builder.finish(),
        }
        builder.events += 1;
    }
}

/// The elements that are open, and the root once it is closed.
#[derive(Default)]
struct Builder {
    open: Vec<Node>,
    root: Option<Node>,
    elements: usize,
    events: usize,
}

impl Builder {
    /// The rule of an element at this place.
    fn rule(&self, namespace: &str, name: &[u8]) -> Result<&'static Rule, SamlRefusal> {
        let Ok(name) = std::str::from_utf8(name) else {
            return Err(SamlRefusal::NotUtf8);
        };
        if namespace == ASSERTION && name == "EncryptedAssertion" {
            return Err(SamlRefusal::Encrypted);
        }
        let parent = self.open.last();
        let place = parent.map_or("the document", |parent| parent.rule.name);
        let Some(rule) = grammar::rule(namespace, name) else {
            return Err(SamlRefusal::Element(place));
        };
        let is_allowed = match parent {
            Some(parent) => is_child(parent.rule, rule.kind),
            None => rule.kind == Kind::Response && self.root.is_none(),
        };
        is_allowed
            .then_some(rule)
            .ok_or(SamlRefusal::Element(place))
    }

    fn open(
        &mut self,
        rule: &'static Rule,
        attributes: BTreeMap<&'static str, String>,
    ) -> Result<(), SamlRefusal> {
        self.elements += 1;
        if self.elements > MAXIMUM_ELEMENTS {
            return Err(SamlRefusal::TooLarge);
        }
        // A failure has neither an assertion nor anything that matters, so nothing after it is read.
        if rule.kind == Kind::StatusCode
            && attributes.get("Value").map(String::as_str) != Some(SUCCESS)
        {
            return Err(SamlRefusal::Status);
        }
        self.open.push(Node {
            rule,
            attributes,
            children: Vec::new(),
            text: String::new(),
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), SamlRefusal> {
        let node = self.open.pop().ok_or(SamlRefusal::NotXml)?;
        for &(kind, least, most) in node.rule.children {
            let number = node.all(kind).count();
            if number < least {
                return Err(SamlRefusal::Missing(node.rule.name, grammar::name_of(kind)));
            }
            if number > most {
                return Err(SamlRefusal::Repeated(
                    node.rule.name,
                    grammar::name_of(kind),
                ));
            }
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), SamlRefusal> {
        let is_blank = text.chars().all(|character| " \t\r\n".contains(character));
        match self.open.last_mut() {
            Some(node) if node.rule.has_text => node.text.push_str(text),
            Some(node) if !is_blank => return Err(SamlRefusal::Element(node.rule.name)),
            None if !is_blank => return Err(SamlRefusal::NotXml),
            Some(_) | None => {}
        }
        Ok(())
    }

    fn declaration(&self, declaration: &BytesDecl<'_>) -> Result<(), SamlRefusal> {
        let is_first = self.events == 0;
        let is_version_1 = declaration
            .version()
            .is_ok_and(|version| &*version == b"1.0");
        let is_utf8 = match declaration.encoding() {
            None => true,
            Some(encoding) => encoding.is_ok_and(|name| name.eq_ignore_ascii_case(b"utf-8")),
        };
        (is_first && is_version_1 && is_utf8)
            .then_some(())
            .ok_or(SamlRefusal::Construct(
                "a second or foreign XML declaration",
            ))
    }

    fn finish(self) -> Result<Node, SamlRefusal> {
        if !self.open.is_empty() {
            return Err(SamlRefusal::NotXml);
        }
        self.root.ok_or(SamlRefusal::NotXml)
    }
}

fn is_child(parent: &Rule, kind: Kind) -> bool {
    parent.children.iter().any(|&(child, ..)| child == kind)
}

fn bound<'n>(namespace: &ResolveResult<'n>) -> Result<&'n str, SamlRefusal> {
    match namespace {
        ResolveResult::Bound(namespace) => {
            std::str::from_utf8(namespace.0).map_err(|_invalid| SamlRefusal::NotUtf8)
        }
        ResolveResult::Unbound | ResolveResult::Unknown(_) => Err(SamlRefusal::Namespace),
    }
}

/// The attributes that the rule knows. Namespace declarations are checked and dropped.
fn attributes(
    rule: &'static Rule,
    start: &BytesStart<'_>,
    reader: &NsReader<&[u8]>,
) -> Result<BTreeMap<&'static str, String>, SamlRefusal> {
    let mut found = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_malformed| SamlRefusal::NotXml)?;
        let raw = std::str::from_utf8(&attribute.value).map_err(|_invalid| SamlRefusal::NotUtf8)?;
        if raw.contains(['<', '\t', '\r', '\n']) {
            return Err(SamlRefusal::NotXml);
        }
        if attribute.key.as_namespace_binding().is_some() {
            if !NAMESPACES.contains(&raw) {
                return Err(SamlRefusal::Namespace);
            }
            continue;
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_malformed| SamlRefusal::Construct("an entity"))?;
        let local = attribute.key.local_name();
        if attribute.key.prefix().is_some() {
            let (namespace, _) = reader.resolver().resolve_attribute(attribute.key);
            let namespace = bound(&namespace)?;
            let is_allowed = QUALIFIED_ATTRIBUTES.iter().any(|&(kind, uri, name)| {
                kind == rule.kind && uri == namespace && name.as_bytes() == local.as_ref()
            });
            if !is_allowed {
                return Err(SamlRefusal::Attribute(rule.name));
            }
            continue;
        }
        let known = rule
            .attributes
            .iter()
            .find(|name| name.as_bytes() == local.as_ref());
        let Some(name) = known else {
            return Err(SamlRefusal::Attribute(rule.name));
        };
        if grammar::TIMES.contains(name) && conditions::instant(&value).is_none() {
            return Err(SamlRefusal::Value(name));
        }
        found.insert(*name, value.into_owned());
    }
    Ok(found)
}

/// The character of one of XML's five entities or of a numeric reference.
fn character(reference: &BytesRef<'_>) -> Result<char, SamlRefusal> {
    let foreign = SamlRefusal::Construct("an entity");
    let name = reference
        .decode()
        .map_err(|_invalid| SamlRefusal::NotUtf8)?;
    let character = match name.as_ref() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _number => match reference.resolve_char_ref() {
            Ok(Some(character)) => character,
            Ok(None) | Err(_) => return Err(foreign),
        },
    };
    is_plain_character(character)
        .then_some(character)
        .ok_or(foreign)
}

/// Characters of XML 1.0 without those that are discouraged there (production 2).
const fn is_plain_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..='\u{10fffd}')
}
