//! What a person typed on Discord, as the text grammar knows it. Pure.
//! <https://docs.discord.com/developers/reference#message-formatting>

use super::platform;

/// A line as its author typed it: Discord's markup as the handles and addresses that the grammar knows. Every mention
/// of `own`, the bot itself, is left out.
pub(super) fn read_text(text: &str, own: Option<&str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let read = after.split_once('>').and_then(|(markup, after)| Some((read_markup(markup, own)?, after)));
        match read {
            Some((word, after)) => {
                out.push_str(&word);
                rest = after;
            }
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    // What is left of a salutation: "@Quarterdeck, help".
    let line = out.trim();
    let line = if own.is_some() { line.trim_start_matches([' ', ':', ',', '\u{a0}']) } else { line };
    line.to_owned()
}

/// What stands between `<` and `>`, where it is markup of Discord's.
fn read_markup(markup: &str, own: Option<&str>) -> Option<String> {
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit());
    let name = platform();
    if let Some(role) = markup.strip_prefix("@&").filter(|role| is_id(role)) {
        return Some(format!("{name}:group:{role}"));
    }
    let user = markup.strip_prefix("@!").or_else(|| markup.strip_prefix('@'));
    if let Some(user) = user.filter(|user| is_id(user)) {
        return Some(if own == Some(user) { String::new() } else { format!("{name}:{user}") });
    }
    if let Some(channel) = markup.strip_prefix('#').filter(|channel| is_id(channel)) {
        return Some(format!("{name}:{channel}"));
    }
    // `</github issue close:1>`: a command that was mentioned.
    if let Some((command, id)) = markup.strip_prefix('/').and_then(|rest| rest.rsplit_once(':'))
        && is_id(id)
    {
        return Some(format!("/{command}"));
    }
    // `<:ship:1>` and `<a:ship:1>`: a server's own emoji.
    let emoji = markup.strip_prefix("a:").or_else(|| markup.strip_prefix(':'));
    if let Some((emoji, id)) = emoji.and_then(|rest| rest.split_once(':'))
        && is_id(id)
    {
        return Some(format!(":{emoji}:"));
    }
    // An address without its preview.
    let address = markup.starts_with("https://") || markup.starts_with("http://");
    (address && !markup.contains(char::is_whitespace)).then(|| markup.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_what_the_grammar_knows() {
        for (typed, read) in [
            ("<@77> github issue list", "github issue list"),
            ("<@!77>, help", "help"),
            ("assign <@12> in <#34>", "assign discord:12 in discord:34"),
            ("tell <@&5> now <@77>", "tell discord:group:5 now"),
            ("<https://github.com/acme/api/issues/12>", "https://github.com/acme/api/issues/12"),
            ("a < b > c <not> <@x>", "a < b > c <not> <@x>"),
            ("ship <:it:9> <a:now:9>", "ship :it: :now:"),
            ("</github issue close:1>", "/github issue close"),
            ("<", "<"),
        ] {
            assert_eq!(read_text(typed, Some("77")), read, "{typed}");
        }
        assert_eq!(read_text(" , as typed ", None), ", as typed");
    }
}
