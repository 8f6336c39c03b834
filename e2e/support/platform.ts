/** The real binary with its sample platform, in a folder of its own; every test shares it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Person } from './people';

const READY_WITHIN_MS = 120_000;
/** How long orders of the tests wait for late results before they settle: seconds, where it is half an hour. */
const SETTLE_WAIT_MS = 4_000;

async function hurry(): Promise<void> {
  const operator = await Person.signIn('operator');
  await operator.settings({ order: { settle_wait_ms: SETTLE_WAIT_MS } });
  await operator.http.dispose();
}

export default async function platform(): Promise<() => Promise<void>> {
  const given = process.env['TUILIU_ADDRESS'];
  if (given) return async () => undefined;
  const binary = process.env['TUILIU_BINARY'] ?? join(import.meta.dirname, '../../target/debug/tuiliu');
  const folder = mkdtempSync(join(tmpdir(), 'tuiliu-e2e-'));
  const args = ['demo', '--data', join(folder, 'data'), '--fresh', '--listen', '127.0.0.1:0', '--speed', '20', '--log-level', 'warn'];
  const child = spawn(binary, [...args, '--set', 'demo.viewers=400'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const [address, key] = await new Promise<[string, string]>((ready, failed) => {
    let text = '';
    const timer = setTimeout(() => failed(new Error(`the platform was not ready in time:\n${text}`)), READY_WITHIN_MS);
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString();
      const found = /Tuiliu demo\s+(http:\/\/\S+)[\s\S]*API key\s+(\S+)\n/.exec(text);
      if (found?.[1] && found[2]) {
        clearTimeout(timer);
        ready([found[1], found[2]]);
      }
    });
    child.on('exit', (code) => failed(new Error(`the platform ended with ${code}:\n${text}`)));
  });
  process.env['TUILIU_ADDRESS'] = address;
  process.env['TUILIU_HOST_KEY'] = key;
  await hurry();
  return async () => {
    const ended = new Promise((done) => child.on('exit', done));
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
}
