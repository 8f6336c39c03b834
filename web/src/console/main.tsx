import '../style/base.css';
import '../style/kit.css';
import '../style/app.css';
import '../style/console.css';
import { loadConsole } from '../i18n';
import { paint } from '../kit/theme';

paint();
await loadConsole();
const { draw } = await import('./draw');
await draw();
