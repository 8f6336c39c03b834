/** Draws the creator's app. */
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { keeper } from '../api/keeper';
import { keepLastView } from '../api/last_view';
import { language, words } from '../i18n';
import { Theme } from '../kit/theme';
import { router } from './router';

export async function draw(): Promise<void> {
  document.title = words.brand;
  keepLastView(keeper);
  const locale = language === 'en' ? await import('antd/es/locale/en_US') : await import('antd/es/locale/zh_CN');
  const root = document.getElementById('root');
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={keeper}>
        <Theme locale={locale.default}>
          <RouterProvider router={router} />
        </Theme>
      </QueryClientProvider>
    </StrictMode>,
  );
}
