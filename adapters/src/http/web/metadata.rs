//! The metadata of a page, for clients that do not run its scripts: link previews and search engines.

use std::borrow::Cow;
use std::fmt::Write;

use async_trait::async_trait;
use boxoffice_domain::concerts::ConcertDetails;
use boxoffice_domain::shared::{ConcertId, StoreError};

/// The longest description, in characters; previews show no more.
const DESCRIPTION_MAX: usize = 200;
/// The name of the site.
const SITE: &str = "boxoffice";

/// Reads public concerts.
#[async_trait]
pub(crate) trait PublicConcerts: Send + Sync + 'static {
    /// The details of a concert; `None` when it does not exist or is not public.
    async fn find(&self, id: ConcertId) -> Result<Option<ConcertDetails>, StoreError>;

    /// The concerts on sale, at most `SITEMAP_MAX`, soonest first.
    async fn on_sale(&self) -> Result<Vec<ConcertId>, StoreError>;
}

/// The title, the description and the path of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metadata {
    title: String,
    description: String,
    path: String,
}

impl Metadata {
    /// The metadata of a page about a concert.
    pub(super) fn of_concert(id: ConcertId, concert: &ConcertDetails) -> Self {
        let ConcertDetails { name, artist, venue, location, description, .. } = concert;
        let about = description.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = format!("{artist} at {venue}, {location}. {about}");
        Self {
            title: format!("{name} · {SITE}"),
            description: text.trim_end().chars().take(DESCRIPTION_MAX).collect(),
            path: format!("/concerts/{id}"),
        }
    }

    /// Writes the metadata into the head of a page, in place of the general title and description.
    pub(super) fn written_into(&self, page: &str, origin: &str) -> String {
        let page = without_element(page, "<title>", "</title>");
        let page = without_element(&page, r#"<meta name="description""#, ">");
        let Some((before, after)) = page.split_once("</head>") else {
            return page.into_owned();
        };
        let (title, description) = (escaped(&self.title), escaped(&self.description));
        let url = escaped(&format!("{origin}{}", self.path)).into_owned();
        let mut head = format!("<title>{title}</title>\n    <link rel=\"canonical\" href=\"{url}\">\n");
        let mut meta = |kind: &str, name: &str, content: &str| {
            let _ = writeln!(head, "    <meta {kind}=\"{name}\" content=\"{content}\">");
        };
        meta("name", "description", &description);
        meta("name", "twitter:card", "summary");
        meta("property", "og:type", "website");
        meta("property", "og:site_name", SITE);
        meta("property", "og:title", &title);
        meta("property", "og:description", &description);
        meta("property", "og:url", &url);
        format!("{before}{head}  </head>{after}")
    }
}

fn without_element<'page>(page: &'page str, begins: &str, ends: &str) -> Cow<'page, str> {
    let parts = page.split_once(begins).and_then(|(before, rest)| Some((before, rest.split_once(ends)?.1)));
    parts.map_or(Cow::Borrowed(page), |(before, after)| Cow::Owned(format!("{before}{after}")))
}

/// Escapes text for HTML and XML, including double-quoted attributes.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::Metadata;

    const PAGE: &str = "<html><head>\n    <meta name=\"description\" content=\"Concert tickets.\">\n    \
                        <title>boxoffice</title>\n  </head><body></body></html>";

    #[test]
    fn metadata_replaces_the_general_metadata_and_is_escaped() {
        let metadata = Metadata {
            title: "</title><script>1</script>".to_owned(),
            description: "Ana's \"Night\" & day".to_owned(),
            path: "/concerts/7".to_owned(),
        };
        let page = metadata.written_into(PAGE, "https://tickets.example");
        assert_eq!(page.matches("<title>").count(), 1);
        assert_eq!(page.matches("name=\"description\"").count(), 1);
        assert!(page.contains("<title>&lt;/title&gt;&lt;script&gt;1&lt;/script&gt;</title>"), "{page}");
        assert!(page.contains("content=\"Ana&#39;s &quot;Night&quot; &amp; day\""), "{page}");
        assert!(page.contains("<meta property=\"og:url\" content=\"https://tickets.example/concerts/7\">"), "{page}");
        assert!(page.ends_with("</head><body></body></html>") && !page.contains("<script>"));
    }
}
