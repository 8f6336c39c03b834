//! `tuiliu keys`: the first key of a tenant, for whoever can read the data folder anyway.

use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::json;
use tuiliu_app::App;
use tuiliu_app::access::{ApiKeyKind, CreateApiKey, CreateTenant, LoginDraft, Password};
use tuiliu_app::outside::{Secrets, SystemSecrets};
use tuiliu_domain::party::{Role, Scope};

use super::{WELL, print, print_json};
use crate::config::Config;
use crate::serve::{open_app, runtime};

/// Of 32 letters and digits an attacker guesses none.
const PASSWORD_LETTERS: usize = 32;
/// Roles of the first person: everything that staff may do.
const FIRST_ROLES: &[Role] = &[Role::Operator, Role::Reviewer, Role::Finance];

/// What `tuiliu keys` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) action: Action,
}

/// What is done with keys.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Makes a tenant with an administrator and an API key, and prints their secrets once.
    Create {
        /// The tenant's name.
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// The administrator's login.
        #[arg(long, value_name = "LOGIN", default_value = "admin")]
        admin: String,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Makes what is asked for; no server may have the same file open.
pub(super) fn run(config: &Config, arguments: &Arguments) -> Result<ExitCode> {
    let Action::Create { tenant, admin, json } = &arguments.action;
    let runtime = runtime()?;
    let created = runtime.block_on(async {
        let app = open_app(config).await?;
        create(&app, tenant.clone(), admin.clone()).await
    })?;
    let Created { tenant, login, password, api_key } = &created;
    if *json {
        print_json(&json!({ "tenant": tenant, "login": login, "password": password, "api_key": api_key }))?;
    } else {
        let note = "Keep them: they are not shown again.";
        print(&format!("tenant    {tenant}\nlogin     {login}\npassword  {password}\nAPI key   {api_key}\n{note}\n"))?;
    }
    Ok(WELL)
}

/// What was made; its secrets are stored as hashes only.
pub(crate) struct Created {
    pub(crate) tenant: String,
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) api_key: String,
}

/// A tenant, its administrator with a password that nobody chose, and a live key with every scope.
pub(crate) async fn create(app: &App, name: String, login: String) -> Result<Created> {
    let password = random_password();
    let chosen = Password::chosen(password.clone()).context("failed to make a password")?;
    let operator = LoginDraft { name: login.clone(), password: chosen, roles: FIRST_ROLES.to_vec() };
    let tenant =
        app.create_tenant(CreateTenant { name, operator }).await.context("failed to create the tenant")?.tenant;
    let scopes = Scope::ALL.to_vec();
    let key = CreateApiKey { name: "first".to_owned(), kind: ApiKeyKind::Live, scopes };
    let key = app.open_api_key(tenant, key).await.context("failed to create the API key")?;
    Ok(Created { tenant: tenant.to_string(), login, password, api_key: key.secret })
}

fn random_password() -> String {
    // Without letters that look alike; 32 of them, so that each has the same chance.
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let secret = SystemSecrets.next_secret();
    secret.iter().take(PASSWORD_LETTERS).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::{PASSWORD_LETTERS, random_password};

    #[test]
    fn no_two_passwords_are_alike() {
        let (one, other) = (random_password(), random_password());
        assert_eq!(one.len(), PASSWORD_LETTERS);
        assert_ne!(one, other);
    }
}
