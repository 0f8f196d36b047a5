//! Reads JQL into clauses.

use super::lex::{Piece, Token, lex};

/// A whole query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub clause: Option<Clause>,
    pub order: Vec<Order>,
}

/// A field to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub field: String,
    pub descending: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clause {
    And(Vec<Clause>),
    Or(Vec<Clause>),
    Not(Box<Clause>),
    Term(Term),
}

/// `field operator value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub field: String,
    pub verb: Verb,
    pub values: Vec<Operand>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Is,
    IsNot,
    Equals,
    Differs,
    Contains,
    Lacks,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

impl Verb {
    /// How an error names it.
    pub(super) const fn said(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::Equals => "=",
            Self::Differs => "!=",
            Self::Contains => "~",
            Self::Lacks => "!~",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operand {
    Text(String),
    Empty,
    Call(String, Vec<String>),
}

/// Words that may not stand without quotation marks.
const RESERVED: [&str; 28] = [
    "a", "an", "abort", "access", "add", "after", "alias", "all", "alter", "as", "at", "before", "begin", "between",
    "by", "column", "delete", "for", "from", "group", "having", "if", "select", "table", "to", "true", "user", "where",
];

pub(super) fn parse(text: &str) -> Result<Query, String> {
    let tokens = lex(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let clause = if reader.peek_words(&["order", "by"]) || tokens.is_empty() { None } else { Some(reader.either()?) };
    let order = reader.order()?;
    match reader.peek() {
        None => Ok(Query { clause, order }),
        Some(token) => Err(format!(
            "Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{}'. (line 1, character {})",
            token.said(),
            token.at
        )),
    }
}

const VALID: &str =
    "The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'.";

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn peek_words(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(ahead, word)| {
            let token = self.tokens.get(self.at + ahead).map(|token| &token.piece);
            matches!(token, Some(Piece::Word(text)) if text.eq_ignore_ascii_case(word))
        })
    }

    fn take_words(&mut self, words: &[&str]) -> bool {
        let there = self.peek_words(words);
        if there {
            self.at += words.len();
        }
        there
    }

    fn take_sign(&mut self, wanted: &str) -> bool {
        let there = matches!(self.peek().map(|token| &token.piece), Some(Piece::Sign(sign)) if *sign == wanted);
        if there {
            self.at += 1;
        }
        there
    }

    fn either(&mut self) -> Result<Clause, String> {
        let mut parts = vec![self.both()?];
        while self.take_words(&["or"]) {
            parts.push(self.both()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Clause::Or(parts) })
    }

    fn both(&mut self) -> Result<Clause, String> {
        let mut parts = vec![self.one()?];
        while self.take_words(&["and"]) {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Clause::And(parts) })
    }

    fn one(&mut self) -> Result<Clause, String> {
        if self.take_words(&["not"]) {
            return Ok(Clause::Not(Box::new(self.one()?)));
        }
        if self.take_sign("(") {
            let inner = self.either()?;
            return if self.take_sign(")") { Ok(inner) } else { Err(self.expecting("')'")) };
        }
        let field = self.field()?;
        let verb = self.verb(&field)?;
        let values = self.values(verb)?;
        Ok(Clause::Term(Term { field, verb, values }))
    }

    fn field(&mut self) -> Result<String, String> {
        let Some(token) = self.peek() else { return Err(self.expecting("a field name")) };
        self.at += 1;
        match &token.piece {
            Piece::Word(word) if RESERVED.contains(&word.to_lowercase().as_str()) => Err(reserved(word, token.at)),
            Piece::Word(word) | Piece::Quoted(word) => Ok(word.clone()),
            Piece::Sign(sign) => Err(format!(
                "Error in the JQL Query: Expecting a field name but got '{sign}'. You must surround '{sign}' in quotation marks to use it as a field name. (line 1, character {})",
                token.at
            )),
        }
    }

    fn verb(&mut self, field: &str) -> Result<Verb, String> {
        if self.take_words(&["is", "not"]) {
            return Ok(Verb::IsNot);
        }
        if self.take_words(&["is"]) {
            return Ok(Verb::Is);
        }
        if self.take_words(&["not", "in"]) {
            return Ok(Verb::NotIn);
        }
        if self.take_words(&["in"]) {
            return Ok(Verb::In);
        }
        let signs = [
            ("=", Verb::Equals),
            ("!=", Verb::Differs),
            ("~", Verb::Contains),
            ("!~", Verb::Lacks),
            ("<", Verb::Less),
            ("<=", Verb::LessOrEqual),
            (">", Verb::Greater),
            (">=", Verb::GreaterOrEqual),
        ];
        for (sign, verb) in signs {
            if self.take_sign(sign) {
                return Ok(verb);
            }
        }
        Err(match self.peek() {
            Some(token) => format!(
                "Error in the JQL Query: Expecting operator but got '{}'. {VALID} (line 1, character {})",
                token.said(),
                token.at
            ),
            None => format!(
                "Error in the JQL Query: Expecting operator before the end of the query. {VALID} (after '{field}')"
            ),
        })
    }

    fn values(&mut self, verb: Verb) -> Result<Vec<Operand>, String> {
        let list = matches!(verb, Verb::In | Verb::NotIn);
        if !(list && self.take_sign("(")) {
            let value = self.operand()?;
            return match value {
                Operand::Text(_) if list => Err(self.expecting("'('")),
                value => Ok(vec![value]),
            };
        }
        let mut values = vec![self.operand()?];
        while self.take_sign(",") {
            values.push(self.operand()?);
        }
        if self.take_sign(")") { Ok(values) } else { Err(self.expecting("')'")) }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let Some(token) = self.peek() else {
            return Err(
                "Error in the JQL Query: Expecting either a value, list or function before the end of the query."
                    .to_owned(),
            );
        };
        self.at += 1;
        match &token.piece {
            Piece::Quoted(text) => Ok(Operand::Text(text.clone())),
            Piece::Sign(sign) => Err(format!(
                "Error in the JQL Query: Expecting either a value, list or function but got '{sign}'. You must surround '{sign}' in quotation marks to use it as a value. (line 1, character {})",
                token.at
            )),
            Piece::Word(word) if self.take_sign("(") => {
                let mut arguments = Vec::new();
                while !self.take_sign(")") {
                    match self.operand()? {
                        Operand::Text(text) => arguments.push(text),
                        _ => return Err(self.expecting("a value")),
                    }
                    let _more = self.take_sign(",");
                }
                Ok(Operand::Call(word.clone(), arguments))
            }
            Piece::Word(word) if matches!(word.to_lowercase().as_str(), "empty" | "null") => Ok(Operand::Empty),
            Piece::Word(word) if RESERVED.contains(&word.to_lowercase().as_str()) => Err(reserved(word, token.at)),
            Piece::Word(word) => Ok(Operand::Text(word.clone())),
        }
    }

    fn order(&mut self) -> Result<Vec<Order>, String> {
        let mut order = Vec::new();
        if !self.take_words(&["order", "by"]) {
            return Ok(order);
        }
        loop {
            let field = self.field()?;
            let descending = self.take_words(&["desc"]);
            let _ascending = !descending && self.take_words(&["asc"]);
            order.push(Order { field, descending });
            if !self.take_sign(",") {
                return Ok(order);
            }
        }
    }

    fn expecting(&self, what: &str) -> String {
        match self.peek() {
            Some(token) => format!(
                "Error in the JQL Query: Expecting {what} but got '{}'. (line 1, character {})",
                token.said(),
                token.at
            ),
            None => format!("Error in the JQL Query: Expecting {what} before the end of the query."),
        }
    }
}

fn reserved(word: &str, at: usize) -> String {
    format!(
        "Error in the JQL Query: '{word}' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character {at})"
    )
}
