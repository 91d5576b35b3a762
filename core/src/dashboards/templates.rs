//! Dashboards to begin with: documents that are compiled in.

use serde_json::Value;

use super::document::Document;

/// A dashboard to begin with.
pub struct Template {
    /// The word for programs.
    pub id: &'static str,
    document: &'static str,
}

/// All of them.
pub const ALL: [Template; 4] = [
    Template { id: "app_health", document: include_str!("templates/app_health.json") },
    Template { id: "host", document: include_str!("templates/host.json") },
    Template { id: "market", document: include_str!("templates/market.json") },
    Template { id: "team", document: include_str!("templates/team.json") },
];

impl Template {
    /// The one of this name.
    pub fn find(id: &str) -> Option<&'static Template> {
        ALL.iter().find(|template| template.id == id)
    }

    /// Its document; none if it is broken, which a test rules out.
    pub fn document(&self) -> Option<Document> {
        let value: Value = serde_json::from_str(self.document).ok()?;
        Document::read(&value).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_a_good_document() {
        for template in &ALL {
            let value: Value = serde_json::from_str(template.document).expect(template.id);
            let document =
                Document::read(&value).unwrap_or_else(|refused| panic!("{}: {refused}", template.id));
            assert!(document.panels.len() >= 4 && document.description.is_some(), "{}", template.id);
            assert_eq!(Document::read(&document.write()), Ok(document), "{}", template.id);
        }
    }
}
