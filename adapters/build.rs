//! Makes sure that there is a folder of web pages to embed, which may be empty, and looks at it again when it changes.

use std::io;
use std::path::Path;

const PAGES: &str = "../web/dist";

#[expect(clippy::disallowed_methods, reason = "a build script serves nobody")]
fn main() -> io::Result<()> {
    if !Path::new(PAGES).exists() {
        std::fs::create_dir_all(PAGES)?;
    }
    println!("cargo::rerun-if-changed={PAGES}");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
