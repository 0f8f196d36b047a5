//! The languages that Notion knows for code (<https://developers.notion.com/reference/block#code>).

/// All of them, as Notion writes them.
const ALL: [&str; 90] = [
    "abap",
    "abc",
    "agda",
    "arduino",
    "ascii art",
    "assembly",
    "bash",
    "basic",
    "bnf",
    "c",
    "c#",
    "c++",
    "clojure",
    "coffeescript",
    "coq",
    "css",
    "dart",
    "dhall",
    "diff",
    "docker",
    "ebnf",
    "elixir",
    "elm",
    "erlang",
    "f#",
    "flow",
    "fortran",
    "gherkin",
    "glsl",
    "go",
    "graphql",
    "groovy",
    "haskell",
    "hcl",
    "html",
    "idris",
    "java",
    "javascript",
    "json",
    "julia",
    "kotlin",
    "latex",
    "less",
    "lisp",
    "livescript",
    "llvm ir",
    "lua",
    "makefile",
    "markdown",
    "markup",
    "matlab",
    "mathematica",
    "mermaid",
    "nix",
    "notion formula",
    "objective-c",
    "ocaml",
    "pascal",
    "perl",
    "php",
    "plain text",
    "powershell",
    "prolog",
    "protobuf",
    "purescript",
    "python",
    "r",
    "racket",
    "reason",
    "ruby",
    "rust",
    "sass",
    "scala",
    "scheme",
    "scss",
    "shell",
    "smalltalk",
    "solidity",
    "sql",
    "swift",
    "toml",
    "typescript",
    "vb.net",
    "verilog",
    "vhdl",
    "visual basic",
    "webassembly",
    "xml",
    "yaml",
    "java/c/c++/c#",
];

/// What people write behind a fence, and what it is at Notion.
const OTHER_NAMES: [(&str, &str); 42] = [
    ("asm", "assembly"),
    ("cc", "c++"),
    ("clj", "clojure"),
    ("coffee", "coffeescript"),
    ("console", "shell"),
    ("cpp", "c++"),
    ("cs", "c#"),
    ("csharp", "c#"),
    ("cxx", "c++"),
    ("dockerfile", "docker"),
    ("erl", "erlang"),
    ("ex", "elixir"),
    ("exs", "elixir"),
    ("fish", "shell"),
    ("fs", "f#"),
    ("fsharp", "f#"),
    ("golang", "go"),
    ("gql", "graphql"),
    ("hs", "haskell"),
    ("js", "javascript"),
    ("jsonc", "json"),
    ("jsx", "javascript"),
    ("kt", "kotlin"),
    ("make", "makefile"),
    ("md", "markdown"),
    ("objc", "objective-c"),
    ("patch", "diff"),
    ("pl", "perl"),
    ("proto", "protobuf"),
    ("ps1", "powershell"),
    ("py", "python"),
    ("rb", "ruby"),
    ("rs", "rust"),
    ("sh", "shell"),
    ("svg", "xml"),
    ("terraform", "hcl"),
    ("tf", "hcl"),
    ("ts", "typescript"),
    ("tsx", "typescript"),
    ("vb", "visual basic"),
    ("yml", "yaml"),
    ("zsh", "shell"),
];

/// The language at Notion of what stands behind a fence; `plain text` where Notion has none.
pub(super) fn notions(info: &str) -> &'static str {
    let word = info.trim().to_lowercase();
    let word = word.split([' ', ',', '{']).next().filter(|_| !ALL.contains(&word.as_str())).unwrap_or(&word);
    let known = |name: &str| ALL.into_iter().find(|language| *language == name);
    known(word)
        .or_else(|| known(&word.replace(['-', '_'], " ")))
        .or_else(|| OTHER_NAMES.into_iter().find(|(name, _)| *name == word).map(|(_, language)| language))
        .unwrap_or("plain text")
}

/// What stands behind a fence for a language of Notion's.
pub(super) fn fenced(language: &str) -> String {
    if language == "plain text" { String::new() } else { language.replace([' ', '`', '\n', '\r'], "-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_many_names() {
        for (info, language) in [
            ("rs", "rust"),
            ("Rust,ignore", "rust"),
            ("c++", "c++"),
            ("visual basic", "visual basic"),
            ("", "plain text"),
            ("brainfuck", "plain text"),
            ("objective-c", "objective-c"),
        ] {
            assert_eq!(notions(info), language, "{info}");
        }
        for language in ALL {
            assert_eq!(notions(&fenced(language)), language);
        }
        assert!(OTHER_NAMES.iter().all(|(_, language)| ALL.contains(language)));
    }
}
