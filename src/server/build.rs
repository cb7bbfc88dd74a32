//! Compiles the server again when the bundled console or GraphiQL has been built since: rust-embed does not look by itself, and
//! a server compiled before the bundle was there would never find it.

fn main() {
    println!("cargo::rerun-if-changed=../../console/dist/.built");
    println!("cargo::rerun-if-changed=../../console/graphiql/dist/.built");
}
