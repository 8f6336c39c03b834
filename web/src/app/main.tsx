import '../style/base.css';
import '../style/kit.css';
import '../style/app.css';
import { loadApp } from '../i18n';
import { paint } from '../kit/theme';

paint();
await loadApp();
const { draw } = await import('./draw');
await draw();
