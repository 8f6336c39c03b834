import { gzipSync } from 'node:zlib';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const SITE = join(import.meta.dirname, 'dist', 'site');

/** Packs every file: the binary holds what browsers are sent, and nothing else. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync(SITE, { recursive: true, encoding: 'utf8' })) {
        const path = join(SITE, entry);
        if (statSync(path).isDirectory() || path.endsWith('.gz')) continue;
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
        rmSync(path);
      }
    },
  };
}

const served = process.env['TUILIU_ADDRESS'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), packed()],
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1024,
    rolldownOptions: { input: { app: 'app.html', console: 'console.html' } },
  },
  server: { proxy: { '/v1': { target: served, changeOrigin: false } } },
});
