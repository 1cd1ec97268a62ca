//! How the fields of a Rust type stand in a document, where a plain value is not what is wanted.

/// Which fields of a value are texts and keyed lists in the document; for [`Transaction::reconcile_with`].
///
/// Places are paths from the value on, their parts parted by `/`; `*` stands for any key or index, and the empty place for the
/// value itself.
///
/// [`Transaction::reconcile_with`]: crate::Transaction::reconcile_with
///
/// # Examples
///
/// ```
/// use syncline::Shape;
///
/// let shape = Shape::new().text("notes").keyed("todo", "id").text("todo/*/title");
/// # let _ = shape;
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shape {
    rules: Vec<(Vec<String>, Rule)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Rule {
    Text,
    Keyed(String),
}

impl Shape {
    /// No rule: strings are plain values, and elements of lists are told apart by what they hold.
    pub fn new() -> Shape {
        Shape::default()
    }

    /// The strings at a place are texts, which several people may edit at once.
    #[must_use]
    pub fn text(self, place: &str) -> Shape {
        self.with(place, Rule::Text)
    }

    /// The elements of the lists at a place are maps that a field names: one that changed or stands elsewhere is still the same.
    #[must_use]
    pub fn keyed(self, place: &str, field: &str) -> Shape {
        self.with(place, Rule::Keyed(field.to_owned()))
    }

    fn with(mut self, place: &str, rule: Rule) -> Shape {
        let parts = place.split('/').filter(|_| !place.is_empty());
        let parts = parts.map(str::to_owned).collect();
        self.rules.push((parts, rule));
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(super) fn is_text(&self, at: &[String]) -> bool {
        self.rules_at(at).any(|rule| *rule == Rule::Text)
    }

    /// The field that names the elements of the list at a place.
    pub(super) fn key_of(&self, at: &[String]) -> Option<&str> {
        self.rules_at(at).find_map(|rule| match rule {
            Rule::Keyed(field) => Some(field.as_str()),
            Rule::Text => None,
        })
    }

    fn rules_at(&self, at: &[String]) -> impl Iterator<Item = &Rule> {
        let is_there = move |place: &[String]| {
            let mut parts = place.iter().zip(at);
            place.len() == at.len() && parts.all(|(part, here)| part == "*" || part == here)
        };
        let rules = self.rules.iter();
        rules
            .filter(move |(place, _)| is_there(place))
            .map(|(_, rule)| rule)
    }
}
