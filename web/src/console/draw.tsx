/** Draws the staff's console. */
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { keeper } from '../api/keeper';
import { desk, language } from '../i18n';
import { Theme } from '../kit/theme';
import { router } from './router';

export async function draw(): Promise<void> {
  document.title = desk.title;
  const locale = language === 'en' ? await import('antd/es/locale/en_US') : await import('antd/es/locale/zh_CN');
  const root = document.getElementById('root');
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={keeper}>
        <Theme locale={locale.default} compact>
          <RouterProvider router={router as never} />
        </Theme>
      </QueryClientProvider>
    </StrictMode>,
  );
}
