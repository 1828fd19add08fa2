//! Creates the folder of web pages to embed if it is missing, and builds again when its content changes.

use std::io;
use std::path::Path;

const PAGES: &str = "../web/dist";

#[expect(clippy::disallowed_methods, reason = "a build script serves no requests")]
fn main() -> io::Result<()> {
    if !Path::new(PAGES).exists() {
        std::fs::create_dir_all(PAGES)?;
    }
    println!("cargo::rerun-if-changed={PAGES}");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
