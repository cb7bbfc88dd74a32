//! Attacks on the form of an answer: wrapping, hiding, confusing parsers, weak or foreign signatures.
//!
//! Lies inside well-formed answers are in `lies.rs`. Invariant: each begins with an answer that is accepted.

#![expect(clippy::string_slice, reason = "the messages of these tests are ASCII")]

use std::ops::Range;

use super::idp::*;

mod keys;

/// A message that must be refused.
pub(super) struct Hostile {
    pub(super) family: &'static str,
    /// The document; the form field is its base64, where `encoded` does not say otherwise.
    pub(super) xml: String,
    pub(super) encoded: Option<String>,
}

fn hostile(family: &'static str, xml: String) -> Hostile {
    Hostile {
        family,
        xml,
        encoded: None,
    }
}

/// Every attack on every style and place of signature.
pub(super) fn all() -> Vec<Hostile> {
    let mut all = Vec::new();
    for style in styles() {
        for signed in SIGNED {
            let draft = Draft::new(&style, signed);
            let xml = draft.sign();
            wrapping(&xml, &mut all);
            ancestors(&xml, &mut all);
            constructs(&draft, &mut all);
            documents(&xml, &mut all);
            namespaces(&xml, &mut all);
            identifiers(&xml, &mut all);
            unsigned(&draft, &xml, &mut all);
            tampering(&xml, &mut all);
            encodings(&xml, &mut all);
            algorithms(&draft, &mut all);
            transforms(&draft, &mut all);
            references(&draft, &mut all);
            keys::foreign(&draft, &xml, &mut all);
        }
    }
    all
}

/// Where an element begins and ends; the last end of that name counts.
fn span(xml: &str, name: &str) -> Option<Range<usize>> {
    let tag = |at: usize| {
        let rest = &xml[at + 1..];
        let end = rest.find([' ', '>', '/']).unwrap_or(rest.len());
        rest[..end]
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let start = xml
        .match_indices('<')
        .map(|(at, _)| at)
        .find(|at| tag(*at) == name)?;
    let close = xml
        .match_indices("</")
        .map(|(at, _)| at)
        .filter(|at| tag(*at + 1) == name)
        .last()?;
    Some(start..close + xml[close..].find('>')? + 1)
}

fn element<'x>(xml: &'x str, name: &str) -> &'x str {
    span(xml, name).map_or("", |range| &xml[range])
}

fn without(xml: &str, part: &str) -> String {
    if part.is_empty() {
        xml.to_owned()
    } else {
        xml.replacen(part, "", 1)
    }
}

/// The first signature of an element, alone.
fn signature_of(xml: &str) -> &str {
    let Some(range) = span(xml, "Signature") else {
        return "";
    };
    let rest = &xml[range.start..];
    let end = rest
        .find("Signature>")
        .map_or(0, |at| at + "Signature>".len());
    &rest[..end]
}

/// The same element with another subject, another id and no signature.
fn forged(assertion: &str, id: &str) -> String {
    let unsigned = without(assertion, signature_of(assertion));
    let id = if id.is_empty() {
        String::new()
    } else {
        format!(" ID=\"{id}\"")
    };
    unsigned
        .replace(">ann@corp.test</", &format!(">{ADMIN}</"))
        .replace(" ID=\"_a1b2c3d4\"", &id)
}

/// XSW1 to XSW8 (Somorovsky et al., "On Breaking SAML", 2012), with an own, the same and no id.
fn wrapping(xml: &str, all: &mut Vec<Hostile>) {
    let assertion = element(xml, "Assertion");
    let signature = signature_of(assertion);
    let original = without(assertion, signature);
    let response_signature = signature_of(&xml[..span(xml, "Assertion").unwrap().start]).to_owned();
    let bare = element(&without(xml, &response_signature), "Response").to_owned();
    let object = |content: &str| {
        format!("<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{content}</ds:Object>")
    };
    let inside = |signature: &str, content: &str| {
        let at = signature.rfind("</").unwrap_or(0);
        format!("{}{content}{}", &signature[..at], &signature[at..])
    };
    let before_end = |element: &str, content: &str| {
        let at = element.rfind("</").unwrap();
        format!("{}{content}{}", &element[..at], &element[at..])
    };
    for id in ["_evil", "_a1b2c3d4", ""] {
        let evil = forged(assertion, id);
        let evil_response = |content: &str| {
            let response = bare.replacen("_r1d2e3f4", "_evilresponse", 1);
            let response = response.replacen(element(&response, "Assertion"), &evil, 1);
            let at = response.find('>').unwrap() + 1;
            format!("{}{content}{}", &response[..at], &response[at..])
        };
        let replaced = |content: &str| xml.replacen(assertion, content, 1);
        let messages = [
            evil_response(&inside(&response_signature, &object(&bare))),
            evil_response(&format!("{response_signature}{bare}")),
            replaced(&format!("{evil}{assertion}")),
            replaced(&before_end(&evil, assertion)),
            replaced(&before_end(&evil, &format!("{signature}{original}"))),
            replaced(&before_end(&evil, &inside(signature, &original))),
            replaced(&format!(
                "<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{evil}</samlp:Extensions>{assertion}"
            )),
            replaced(&before_end(&evil, &inside(signature, &object(&original)))),
            replaced(&format!("{assertion}{evil}")),
            replaced(&before_end(assertion, &evil)),
            replaced(&assertion.replacen(signature, &inside(signature, &object(&evil)), 1)),
            evil_response(&inside(&response_signature, &object(xml))),
        ];
        all.extend(messages.map(|xml| hostile("wrapping", xml)));
    }
}

/// The signed answer deeper in a foreign document.
fn ancestors(xml: &str, all: &mut Vec<Hostile>) {
    let response = element(xml, "Response");
    let assertion = element(xml, "Assertion");
    let evil = forged(assertion, "_evil");
    let outer = without(response, assertion).replace("_r1d2e3f4", "_outer");
    let messages = [
        format!("<root>{evil}{response}</root>"),
        format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{response}</soap:Body></soap:Envelope>"
        ),
        outer.replace(
            "</samlp:Response>",
            &format!("{evil}{response}</samlp:Response>"),
        ),
        format!("{response}{response}"),
        format!("{response}{evil}"),
        assertion.to_owned(),
        format!(
            "<samlp:ArtifactResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{response}</samlp:ArtifactResponse>"
        ),
    ];
    all.extend(messages.map(|xml| hostile("ancestors", xml)));
}

/// Comments, instructions, CDATA and entities, which canonicalization drops or resolves and parsers read differently.
fn constructs(draft: &Draft, all: &mut Vec<Hostile>) {
    // The attacker owns this account, so the provider signs it.
    let owned = format!("{ADMIN}.evil.test");
    let xml = draft.with(|draft| draft.name_id.clone_from(&owned)).sign();
    let cut = |with: &str| xml.replacen(&owned, &format!("{ADMIN}{with}.evil.test"), 1);
    for with in [
        "<!---->",
        "<!-- x -->",
        "<?x y?>",
        "<![CDATA[]]>",
        "&#65279;",
        "&#0;",
        "<x/>",
    ] {
        all.push(hostile("comments", cut(with)));
    }
    let cdata = format!("<![CDATA[{owned}]]>");
    all.push(hostile("comments", xml.replacen(&owned, &cdata, 1)));
    for text in ["backup-admins", SERVICE, PROVIDER, "ann@corp.test"] {
        for with in ["<!---->", "<?x y?>", "<![CDATA[]]>"] {
            let at = text.len() / 2;
            let split = format!(">{}{with}{}</", &text[..at], &text[at..]);
            let changed = xml.replacen(&format!(">{text}</"), &split, 1);
            if changed != xml {
                all.push(hostile("comments", changed));
            }
        }
    }
    for place in ["<!-- a -->", "<?a b?>"] {
        all.push(hostile("comments", format!("{xml}{place}")));
        all.push(hostile(
            "comments",
            xml.replacen("<samlp:Status>", &format!("{place}<samlp:Status>"), 1) + place,
        ));
    }
}

/// Document types and entities.
fn documents(xml: &str, all: &mut Vec<Hostile>) {
    let laughs: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let long = "A".repeat(20_000);
    let doctypes = [
        "<!DOCTYPE r>".to_owned(),
        "<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/evil.dtd\">".to_owned(),
        "<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>".to_owned(),
        "<!DOCTYPE r [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/p\"> %p;]>".to_owned(),
        format!("<!DOCTYPE r [<!ENTITY e \"{ADMIN}\">]>"),
        format!("<!DOCTYPE r [<!ENTITY l0 \"ha\">{laughs}<!ENTITY e \"&l9;\">]>"),
        format!(
            "<!DOCTYPE r [<!ENTITY q \"{long}\"><!ENTITY e \"{}\">]>",
            "&q;".repeat(1_000)
        ),
        "<!DOCTYPE r [<!ATTLIST NameID ID ID #IMPLIED><!ENTITY e \"\">]>".to_owned(),
    ];
    let (declaration, root) = xml.split_at(xml.find("<saml").unwrap_or(0));
    for doctype in doctypes {
        let with_entity = root.replacen(">ann@corp.test</", ">ann@corp.test&e;</", 1);
        all.push(hostile(
            "documents",
            format!("{declaration}{doctype}{root}"),
        ));
        all.push(hostile(
            "documents",
            format!("{declaration}{doctype}{with_entity}"),
        ));
    }
    for entity in ["&e;", "&nbsp;", "&#x0;", "&#xFFFF;", "&", "&#99999999;"] {
        all.push(hostile(
            "documents",
            root.replacen(">ann@corp.test</", &format!(">ann@corp.test{entity}</"), 1),
        ));
    }
}

/// Names that mean one thing to a reader of local names and another to one of namespaces.
fn namespaces(xml: &str, all: &mut Vec<Hostile>) {
    let assertion = element(xml, "Assertion");
    let evil = "xmlns:evil=\"urn:evil\"";
    let name_id = element(xml, "NameID");
    let forged_name = format!("<evil:NameID {evil}>{ADMIN}</evil:NameID>{name_id}");
    let root_end = xml.find(" ID=").unwrap_or(0);
    let at_root = |text: &str| format!("{}{text}{}", &xml[..root_end], &xml[root_end..]);
    let messages = [
        xml.replacen(name_id, &forged_name, 1),
        xml.replacen(
            assertion,
            &format!(
                "<evil:Assertion {evil}>{}</evil:Assertion>{assertion}",
                forged(assertion, "_evil")
            ),
            1,
        ),
        xml.replace(
            "urn:oasis:names:tc:SAML:2.0:assertion",
            "urn:oasis:names:tc:SAML:1.0:assertion",
        ),
        xml.replace(
            "urn:oasis:names:tc:SAML:2.0:protocol",
            "urn:oasis:names:tc:SAML:2.0:Protocol",
        ),
        xml.replace(
            "http://www.w3.org/2000/09/xmldsig#",
            "http://www.w3.org/2000/09/xmldsig",
        ),
        xml.replacen("xmlns:samlp=", "xmlns:samlq=", 1).replacen(
            "xmlns:saml2p=",
            "xmlns:saml2q=",
            1,
        ),
        at_root(" xmlns:r=\"1\""),
        at_root(" xmlns:r=\"../relative\""),
        at_root(" xmlns:r=\"\""),
        at_root(" xmlns=\"\""),
        at_root(" xmlns:xml=\"urn:evil\""),
        at_root(" xmlns:xmlns=\"urn:evil\""),
        at_root(" xmlns:r=\"urn:oasis:names:tc:SAML:2.0:assertio&#110;\""),
        at_root(" evil:ID=\"_a1b2c3d4\" xmlns:evil=\"urn:evil\""),
        at_root(" xml:id=\"_a1b2c3d4\""),
        at_root(" xml:base=\"http://127.0.0.1:9/\""),
        at_root(
            " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a http://127.0.0.1:9/\"",
        ),
    ];
    all.extend(messages.map(|xml| hostile("namespaces", xml)));
}

/// Ids that two parsers resolve to two elements.
fn identifiers(xml: &str, all: &mut Vec<Hostile>) {
    let messages = [
        xml.replace("_r1d2e3f4", "_a1b2c3d4"),
        xml.replace("_a1b2c3d4", "_r1d2e3f4"),
        xml.replacen(
            "SubjectConfirmation ",
            "SubjectConfirmation ID=\"_a1b2c3d4\" ",
            1,
        ),
        xml.replacen("Subject>", "Subject ID=\"_a1b2c3d4\">", 1),
        xml.replacen("Signature ", "Signature Id=\"_a1b2c3d4\" ", 1),
        xml.replacen(" ID=\"_a1b2c3d4\"", " Id=\"_a1b2c3d4\"", 1),
        xml.replacen(" ID=\"_a1b2c3d4\"", " ID=\"_a1b2c3d4\" ID=\"_b\"", 1),
        xml.replacen(" ID=\"_a1b2c3d4\"", " ID=\" _a1b2c3d4\"", 1),
        xml.replacen(
            " ID=\"_a1b2c3d4\"",
            " ID=\"_a1b2c3d&#52;\" AssertionID=\"x\"",
            1,
        ),
        xml.replacen(" ID=\"_a1b2c3d4\"", " ID=\"\"", 1),
        xml.replacen(" ID=\"_a1b2c3d4\"", "", 1),
        xml.replacen(" ID=\"_r1d2e3f4\"", "", 1),
        xml.replacen(" ID=\"_r1d2e3f4\"", " ID=\"1 or 1=1\"", 1),
    ];
    all.extend(messages.map(|xml| hostile("identifiers", xml)));
}

/// No signature, an empty one, or one of something else.
fn unsigned(draft: &Draft, xml: &str, all: &mut Vec<Hostile>) {
    let admin = |xml: &str| xml.replacen(">ann@corp.test</", &format!(">{ADMIN}</"), 1);
    let mut bare = xml.to_owned();
    while !signature_of(&bare).is_empty() {
        bare = without(&bare, signature_of(&bare));
    }
    let empty = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>";
    let template = draft.response(&draft.assertion(&RSA), &RSA);
    let digest = element(xml, "DigestValue");
    let value = element(xml, "SignatureValue");
    let void = "<ds:DigestValue xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ds:DigestValue>";
    let messages = [
        bare.clone(),
        admin(&bare),
        bare.replacen("<samlp:Status>", &format!("{empty}<samlp:Status>"), 1)
            .replacen("<saml2p:Status>", &format!("{empty}<saml2p:Status>"), 1),
        template.clone(),
        admin(&template),
        without(&admin(xml), digest),
        without(&admin(xml), value),
        admin(xml).replacen(digest, void, 1),
        xml.replacen(digest, void, 1),
        without(xml, element(xml, "SignedInfo")),
        without(xml, element(xml, "Transforms")),
        xml.replacen("SignatureValue>", "SignatureValue>AAAA", 1),
    ];
    all.extend(messages.map(|xml| hostile("unsigned", xml)));
}

/// One signed value changed.
fn tampering(xml: &str, all: &mut Vec<Hostile>) {
    let changes = [
        (">ann@corp.test</", ">admin@corp.test</"),
        ("backup-admins", "super-admins"),
        ("_s1", "_s2"),
        ("PasswordProtectedTransport", "Kerberos"),
        (">Ann &amp; Bert<", ">Root<"),
        ("attrname-format:basic", "attrname-format:uri"),
        ("T11:55:00Z", "T11:54:00Z"),
        ("T11:30:00Z", "T11:59:00Z"),
        ("T12:05:00Z", "T12:09:00Z"),
        ("cm:bearer", "cm:holder-of-key"),
    ];
    for (from, to) in changes {
        let changed = xml.replacen(from, to, 1);
        if changed != *xml {
            all.push(hostile("tampering", changed));
        }
    }
}

/// Other ways to write the same bytes.
fn encodings(xml: &str, all: &mut Vec<Hostile>) {
    let plain = encode(xml);
    let utf16: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wrapped: Vec<&str> = plain
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let encoded = [
        wrapped.join("\n"),
        format!("{plain}\n"),
        format!(" {plain}"),
        format!("{plain}===="),
        format!("{}*{}", &plain[..100], &plain[100..]),
        plain.replace('A', "%41"),
        openssl::base64::encode_block(&utf16),
        encode(&format!("\u{feff}{xml}")),
        encode(&format!("{xml}\u{0}")),
        encode(&xml.replacen("ann@", "ann\u{1}@", 1)),
        encode(&format!(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}",
            element(xml, "Response")
        )),
        encode(&format!(
            "<?xml version=\"1.1\"?>{}",
            element(xml, "Response")
        )),
        encode(&format!(
            " \n<?xml version=\"1.0\"?>{}",
            element(xml, "Response")
        )),
        xml.to_owned(),
        encode(&format!("{xml}{}", " ".repeat(250_000))),
        encode(&xml[..xml.len() - 3]),
        String::new(),
    ];
    all.extend(encoded.map(|encoded| Hostile {
        family: "encodings",
        xml: xml.to_owned(),
        encoded: Some(encoded),
    }));
}

/// Algorithms that are weak, foreign or none.
fn algorithms(draft: &Draft, all: &mut Vec<Hostile>) {
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    let weak = [
        (
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            draft.digest_algorithm.as_str(),
        ),
        ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", sha1),
        (draft.signature_algorithm.as_str(), sha1),
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
            "http://www.w3.org/2001/04/xmldsig-more#sha224",
        ),
    ];
    for (signature, digest) in weak {
        let signed = draft.with(|draft| {
            draft.signature_algorithm = signature.into();
            draft.digest_algorithm = digest.into();
        });
        all.extend(signed.try_sign(&RSA).map(|xml| hostile("algorithms", xml)));
    }
    let named = [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        "none",
        "",
    ];
    let xml = draft.sign();
    for name in named {
        all.push(hostile(
            "algorithms",
            xml.replace(&draft.signature_algorithm, name),
        ));
        let digest = format!("DigestMethod Algorithm=\"{}\"", draft.digest_algorithm);
        all.push(hostile(
            "algorithms",
            xml.replace(&digest, &format!("DigestMethod Algorithm=\"{name}\"")),
        ));
    }
}

/// Transforms that choose or change content, really signed.
fn transforms(draft: &Draft, all: &mut Vec<Hostile>) {
    let enveloped = format!("<ds:Transform Algorithm=\"{ENVELOPED}\"/>");
    let exclusive = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>");
    let xpath = |expression: &str| {
        format!(
            "{enveloped}<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>{expression}</ds:XPath></ds:Transform>{exclusive}"
        )
    };
    let other = |uri: &str| format!("{enveloped}<ds:Transform Algorithm=\"{uri}\"/>");
    let signed = [
        xpath("true()"),
        xpath("not(ancestor-or-self::*[local-name()='Subject'])"),
        xpath("self::text()"),
        xpath("false()"),
        format!(
            "{enveloped}<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\"><x:XPath xmlns:x=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"intersect\">//*</x:XPath></ds:Transform>{exclusive}"
        ),
        other("http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        other("http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
        other("http://www.w3.org/2006/12/xml-c14n11"),
        enveloped.clone(),
        format!("{exclusive}{enveloped}"),
        format!("{enveloped}{exclusive}{exclusive}"),
        format!(
            "{enveloped}<ds:Transform Algorithm=\"{EXCLUSIVE}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"&quot; &lt;\"/></ds:Transform>"
        ),
    ];
    for transforms in signed {
        // xmlsec itself refuses to sign some; those are not worth a place here.
        let draft = draft.with(|draft| draft.transforms = Some(transforms));
        if let Some(xml) = draft.try_sign(&RSA) {
            all.push(hostile("transforms", xml));
        }
    }
    let stylesheet = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"><xsl:template match=\"/\"><xsl:copy-of select=\"document('http://127.0.0.1:9/')\"/></xsl:template></xsl:stylesheet></ds:Transform>";
    let xml = draft.sign();
    let at = xml
        .find("<ds:Transform ")
        .or_else(|| xml.find("<Transform "))
        .unwrap();
    all.push(hostile(
        "transforms",
        format!("{}{}{}", &xml[..at], stylesheet, &xml[at..]),
    ));
    let comments = draft.with(|draft| {
        draft.canonicalization = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments".into();
    });
    all.extend(
        comments
            .try_sign(&RSA)
            .map(|xml| hostile("transforms", xml)),
    );
    let inclusive = draft.with(|draft| {
        draft.canonicalization = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315".into();
    });
    all.extend(
        inclusive
            .try_sign(&RSA)
            .map(|xml| hostile("transforms", xml)),
    );
}

/// References to something else than the parent.
fn references(draft: &Draft, all: &mut Vec<Hostile>) {
    for uri in [
        "",
        "#xpointer(/)",
        "#xpointer(id('_a1b2c3d4'))",
        "#xpointer(id('_r1d2e3f4'))",
    ] {
        let draft = draft.with(|draft| draft.reference = Some(uri.into()));
        if let Some(xml) = draft.try_sign(&RSA) {
            all.push(hostile("references", xml));
        }
    }
    let xml = draft.sign();
    let id = if draft.signed == Signed::Assertion {
        "#_a1b2c3d4"
    } else {
        "#_r1d2e3f4"
    };
    for uri in [
        "http://127.0.0.1:9/x",
        "file:///etc/passwd",
        "#",
        "#_other",
        "_a1b2c3d4",
        "#_a1b2c3d4 ",
        "##_a1b2c3d4",
    ] {
        all.push(hostile(
            "references",
            xml.replacen(&format!("URI=\"{id}\""), &format!("URI=\"{uri}\""), 1),
        ));
    }
    let second = "<ds:Reference URI=\"\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue></ds:DigestValue></ds:Reference>";
    let two = draft.with(|draft| draft.second_reference = second.into());
    if let Some(xml) = two.try_sign(&RSA) {
        all.push(hostile("references", xml));
    }
    if draft.signed == Signed::Both {
        // Each signature under the other's element.
        let assertion = element(&xml, "Assertion");
        let inner = signature_of(assertion).to_owned();
        let outer = signature_of(&xml).to_owned();
        let swapped = xml
            .replacen(&outer, "@@", 1)
            .replacen(&inner, &outer, 1)
            .replacen("@@", &inner, 1);
        all.push(hostile("references", swapped));
    }
}
