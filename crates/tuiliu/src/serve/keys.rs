//! The key file: secrets that outlive the process and never leave the machine's owner.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tuiliu_app::outside::Secrets;
use tuiliu_domain::limits::TOKEN_KEYS_MAX;
use tuiliu_domain::time::{HOUR_MS, Timestamp};

use crate::config::Secret;

/// What stands above the keys.
const HEADER: &str = "\
# Secrets of delivery and payments. Keep this file to its owner, back it up, share it among the nodes of one store.
# Who has it can make impression tokens; who loses it makes those under way worthless.
";
/// Bytes of every key.
const KEY_BYTES: usize = 32;

/// The keys of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyFile {
    /// Viewer ids and holdouts are drawn with it; it stays for as long as the platform lives.
    pub(crate) base: Secret<[u8; KEY_BYTES]>,
    /// Signs what the sandbox provider tells, unless the settings have a secret for it.
    pub(crate) payments: Secret<[u8; KEY_BYTES]>,
    /// Keys of impression tokens, the one that seals first.
    pub(crate) tokens: Vec<TokenSecret>,
}

/// One key of impression tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenSecret {
    pub(crate) id: u32,
    pub(crate) made_at: Timestamp,
    pub(crate) secret: Secret<[u8; KEY_BYTES]>,
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    base: String,
    payments: String,
    tokens: Vec<WrittenToken>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenToken {
    id: u32,
    made_at_ms: i64,
    secret: String,
}

/// When it is, where new secrets come from, and how long a key seals.
pub(crate) struct Rotation<'a> {
    pub(crate) now: Timestamp,
    pub(crate) secrets: &'a dyn Secrets,
    pub(crate) hours: u32,
}

impl KeyFile {
    /// Keys that are in no file and end with the process.
    pub(crate) fn passing(rotation: &Rotation<'_>) -> Self {
        let [base, payments] = std::array::from_fn(|_| Secret::new(rotation.secrets.next_secret()));
        let mut keys = Self { base, payments, tokens: Vec::new() };
        keys.add(rotation);
        keys
    }

    /// Reads the file, makes it when it is not there, and adds a key when the newest one has sealed long enough.
    pub(crate) fn open(path: &Path, rotation: &Rotation<'_>) -> Result<Self> {
        let shown = path.display();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let keys = Self::passing(rotation);
                keys.save(path).with_context(|| format!("failed to make the key file `{shown}`"))?;
                return Ok(keys);
            }
            Err(error) => return Err(error).with_context(|| format!("failed to read the key file `{shown}`")),
        };
        let mut keys = Self::parse(&text).with_context(|| format!("failed to read the key file `{shown}`"))?;
        let newest = keys.tokens.first().context("a key file has at least one key")?;
        if rotation.now.since_ms(newest.made_at) >= i64::from(rotation.hours).saturating_mul(HOUR_MS) {
            keys.add(rotation);
            keys.save(path).with_context(|| format!("failed to add a key to the key file `{shown}`"))?;
        }
        Ok(keys)
    }

    /// A new key seals from now on; the oldest ones go when there are too many to be tried.
    fn add(&mut self, rotation: &Rotation<'_>) {
        let id = self.tokens.iter().map(|token| token.id).max().unwrap_or(0).wrapping_add(1);
        let secret = Secret::new(rotation.secrets.next_secret());
        self.tokens.insert(0, TokenSecret { id, made_at: rotation.now, secret });
        self.tokens.truncate(TOKEN_KEYS_MAX);
    }

    fn parse(text: &str) -> Result<Self> {
        // The parser's own message shows the line, and the line may be a secret.
        let Ok(Written { base, payments, tokens }) = toml::from_str::<Written>(text) else {
            bail!("it is not `base`, `payments` and a list of `tokens`");
        };
        let base = Secret::new(parse_key(&base).context("`base` is not a key")?);
        let payments = Secret::new(parse_key(&payments).context("`payments` is not a key")?);
        let tokens: Vec<TokenSecret> = tokens
            .iter()
            .map(|token| {
                let secret =
                    parse_key(&token.secret).with_context(|| format!("token key `{}` is not a key", token.id))?;
                Ok(TokenSecret {
                    id: token.id,
                    made_at: Timestamp::from_ms(token.made_at_ms),
                    secret: Secret::new(secret),
                })
            })
            .collect::<Result<_>>()?;
        if tokens.is_empty() || tokens.len() > TOKEN_KEYS_MAX {
            bail!("it has `{}` token keys; there must be 1 to {TOKEN_KEYS_MAX}", tokens.len());
        }
        Ok(Self { base, payments, tokens })
    }

    /// Writes the whole file beside the old one, then puts it in its place: there is never half a file.
    fn save(&self, path: &Path) -> Result<()> {
        let tokens = self.tokens.iter().map(|token| WrittenToken {
            id: token.id,
            made_at_ms: token.made_at.ms(),
            secret: format_key(token.secret.reveal()),
        });
        let written = Written {
            base: format_key(self.base.reveal()),
            payments: format_key(self.payments.reveal()),
            tokens: tokens.collect(),
        };
        let text = toml::to_string(&written).context("failed to write the keys as text")?;
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let fresh = path.with_extension("fresh");
        // Left over from a start that was cut off; its permissions are not known.
        if fresh.exists() {
            fs::remove_file(&fresh)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        file.write_all(HEADER.as_bytes())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        File::open(folder)?.sync_all()?;
        Ok(())
    }
}

fn format_key(key: &[u8; KEY_BYTES]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads 64 hexadecimal digits; the error does not repeat them.
pub(crate) fn parse_key(text: &str) -> Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    if text.len() != KEY_BYTES * 2 || !text.is_ascii() {
        bail!("it has not {} hexadecimal digits", KEY_BYTES * 2);
    }
    for (byte, at) in key.iter_mut().zip((0..).step_by(2)) {
        let digits = text.get(at..at + 2).unwrap_or_default();
        let Ok(value) = u8::from_str_radix(digits, 16) else {
            bail!("it has other than hexadecimal digits");
        };
        *byte = value;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tuiliu_app::outside::CountingSecrets;

    use super::*;

    const START: Timestamp = Timestamp::from_ms(1_767_225_600_000);

    fn rotation(secrets: &CountingSecrets, hours_later: i64) -> Rotation<'_> {
        Rotation { now: START.plus_ms(hours_later * HOUR_MS), secrets, hours: 24 }
    }

    fn ids(keys: &KeyFile) -> Vec<u32> {
        keys.tokens.iter().map(|token| token.id).collect()
    }

    #[test]
    fn makes_the_file_once_and_reads_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/tuiliu.keys");
        let secrets = CountingSecrets::default();
        let made = KeyFile::open(&path, &rotation(&secrets, 0)).unwrap();
        assert_eq!(KeyFile::open(&path, &rotation(&secrets, 23)).unwrap(), made);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn adds_a_key_when_the_newest_is_old_and_keeps_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tuiliu.keys");
        let secrets = CountingSecrets::default();
        let first = KeyFile::open(&path, &rotation(&secrets, 0)).unwrap();
        let second = KeyFile::open(&path, &rotation(&secrets, 24)).unwrap();
        assert_eq!(ids(&second), [2, 1]);
        assert_eq!((&second.base, &second.payments), (&first.base, &first.payments));
        assert_eq!(second.tokens[1], first.tokens[0]);
        for days in 2..20 {
            let keys = KeyFile::open(&path, &rotation(&secrets, days * 24)).unwrap();
            assert!(keys.tokens.len() <= TOKEN_KEYS_MAX);
        }
        let last = KeyFile::open(&path, &rotation(&secrets, 19 * 24)).unwrap();
        assert_eq!(ids(&last), [20, 19, 18, 17, 16, 15, 14, 13]);
    }

    #[test]
    fn survives_a_start_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tuiliu.keys");
        fs::write(path.with_extension("fresh"), "half a fi").unwrap();
        let secrets = CountingSecrets::default();
        let made = KeyFile::open(&path, &rotation(&secrets, 0)).unwrap();
        assert_eq!(KeyFile::open(&path, &rotation(&secrets, 1)).unwrap(), made);
    }

    #[test]
    fn refuses_a_torn_file_without_showing_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tuiliu.keys");
        let secrets = CountingSecrets::default();
        let key = "5e".repeat(KEY_BYTES);
        let refuses = |text: &str| {
            fs::write(&path, text).unwrap();
            let message = format!("{:#}", KeyFile::open(&path, &rotation(&secrets, 0)).unwrap_err());
            assert!(message.contains("tuiliu.keys") && !message.contains("5e5e"), "{message}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text, "a file that is not understood is left alone");
        };
        let token = |secret: &str| format!("[[tokens]]\nid = 1\nmade_at_ms = 0\nsecret = \"{secret}\"\n");
        refuses("");
        let named = |name: &str, key: &str| format!("{name} = \"{key}\"\n");
        let both = format!("{}{}", named("base", &key), named("payments", &key));
        refuses(&format!("{both}tokens = []\n"));
        refuses(&format!("base = \"{key}\n"));
        refuses(&format!("{}{}{}", named("base", &key[1..]), named("payments", &key), token(&key)));
        refuses(&format!("{}{}{}", named("base", &key), named("payments", &key[1..]), token(&key)));
        refuses(&format!("{}{}", named("base", &key), token(&key)));
        refuses(&format!("{both}{}", token(&key.replacen('5', "x", 1))));
        refuses(&format!("{both}{}{}", named("more", &key), token(&key)));
        refuses(&format!("{both}{}", token(&key).repeat(TOKEN_KEYS_MAX + 1)));
    }

    #[test]
    fn never_shows_a_key() {
        let secrets = CountingSecrets::default();
        let keys = KeyFile::passing(&rotation(&secrets, 0));
        let shown = format!("{keys:?}");
        assert!(shown.contains("[secret]") && !shown.contains(&format!("{:?}", keys.base.reveal())), "{shown}");
    }
}
