//! Cuts JQL into words, texts in quotation marks, operators and brackets.

/// A piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Word(String),
    Quoted(String),
    Sign(&'static str),
}

/// A piece and where it begins, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub piece: Piece,
    pub at: usize,
}

impl Token {
    /// How an error names it.
    pub(super) fn said(&self) -> &str {
        match &self.piece {
            Piece::Word(text) | Piece::Quoted(text) => text,
            Piece::Sign(sign) => sign,
        }
    }
}

const SIGNS: [&str; 11] = ["!=", "!~", "<=", ">=", "=", "~", "<", ">", "(", ")", ","];

pub(super) fn lex(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let signs: Vec<char> = text.chars().collect();
    let mut at = 0;
    while let Some(&sign) = signs.get(at) {
        let from = at;
        if sign.is_whitespace() {
            at += 1;
            continue;
        }
        let piece = if sign == '"' || sign == '\'' {
            let (text, end) = quoted(&signs, at)?;
            at = end;
            Piece::Quoted(text)
        } else if let Some(known) = SIGNS.iter().find(|known| starts(&signs[at..], known)) {
            at += known.len();
            Piece::Sign(known)
        } else {
            while signs.get(at).is_some_and(|sign| is_word(*sign)) {
                at += 1;
            }
            if at == from {
                return Err(format!(
                    "Error in the JQL Query: The character '{sign}' is a reserved JQL character. You must enclose it in a string or use the escape '\\u{:04x}' instead. (line 1, character {})",
                    u32::from(sign),
                    from + 1
                ));
            }
            Piece::Word(signs[from..at].iter().collect())
        };
        tokens.push(Token { piece, at: from + 1 });
    }
    Ok(tokens)
}

fn starts(signs: &[char], wanted: &str) -> bool {
    wanted.chars().enumerate().all(|(at, sign)| signs.get(at) == Some(&sign))
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || "_-.[]:".contains(sign)
}

/// A text in quotation marks and where it ends.
fn quoted(signs: &[char], from: usize) -> Result<(String, usize), String> {
    let mut text = String::new();
    let mut at = from + 1;
    while let Some(&sign) = signs.get(at) {
        match sign {
            '\\' => {
                let Some(&next) = signs.get(at + 1) else { break };
                match next {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    '"' | '\'' | '\\' | ' ' => text.push(next),
                    other => {
                        return Err(format!(
                            "Error in the JQL Query: '\\{other}' is an illegal JQL escape sequence. The valid escape sequences are \\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX. (line 1, character {})",
                            at + 1
                        ));
                    }
                }
                at += 2;
            }
            sign if sign == signs[from] => return Ok((text, at + 1)),
            sign => {
                text.push(sign);
                at += 1;
            }
        }
    }
    Err(format!(
        "Error in the JQL Query: The quoted string '{text}' has not been completed. (line 1, character {})",
        from + 1
    ))
}
