"""The words that topics need: names of techniques with their spellings, and what is no topic."""

# Canonical name, then spellings that its sound does not lead to. The other Cyrillic ones are found
# by `topics.sound`: "докер" sounds like "docker".
_NAMES = """
airflow|эирфлоу
amazon|амазон
android
angular
ansible
apache|апач
apple|эппл эпл
arduino
asyncio|асинкио
aws
azure|азур ажур
bash|баш
bitcoin|биткоин биткойн
blender
bluetooth|блютуз блютус
chatgpt|чатгпт chat-gpt
chrome|хром
clickhouse|кликхаус
debian
deepseek|дипсик
discord
django
docker
elasticsearch|эластиксерч эластик elastic
ethereum|эфириум
excel|эксель
facebook|фейсбук
fastapi|фастапи
faststream|фастстрим
fedora
figma
firefox|файрфокс
flask|фласк
flutter|флаттер
gemini|джемини
git|гит
github|гитхаб
gitlab|гитлаб
golang
google
gpt|гпт
grafana
graphql|графкл
grpc
haskell|хаскель хаскелл
helm
html
http
instagram|инстаграм инстаграмм
ios
iphone|айфон
java
javascript|js жс
jenkins|дженкинс
jira|джира
json|джейсон джсон
jupyter|юпитер
kafka
keras
kotlin
kubernetes|k8s кубер кубернетис кубернет kube
latex|латех
linux
llama|лама
llm
macbook|макбук
macos|макос
mariadb
markdown|маркдаун
matlab
microsoft|майкрософт
minecraft|майнкрафт
mistral
mongodb|mongo монго монгодб
mysql|мускул
nats|натс
netflix|нетфликс
nginx|нгинкс энжинкс
nodejs|node.js нода нод
notion|ноушен
numpy|нампай
nvidia|нвидиа
ollama|олама
openai|опенаи
oracle|оракл
pandas|пандас
perl
photoshop|фотошоп
php|пхп
playstation|плейстейшен
postgresql|postgres pg постгрес постгря постгре
powershell|пауэршелл
prometheus|прометеус
pydantic|пайдантик
pygame|пайгейм
python|питон пайтон
pytorch|пайторч торч torch
qt
rabbitmq|rabbit рэббит кролик-mq
raspberry|распберри малинка
react|реакт
redis|редис
rust|раст
scala
selenium
slack|слак
spark|спарк
spotify|спотифай
sqlalchemy|алхимия-sql
sqlite|склайт
sql
steam|стим
svelte
swift|свифт
telegram|телега телеграмм
tensorflow|тензорфлоу
terraform|терраформ
tesla
tiktok|тикток
twitch|твич
twitter|твиттер
typescript|тайпскрипт ts
ubuntu|убунт
unity|юнити
unix|юникс
unreal
valkey
vim
vite
vscode|вскод
vue|вью
whatsapp|ватсап вотсап
wifi|вайфай wi-fi
wikipedia|википедия
windows|винда виндовс виндоус
wordpress|вордпресс
xbox
yandex|яндекс
youtube|ютуб ютьюб
zoom|зум
"""

NAMES: dict[str, str] = {
    spelling: name
    for name, _, others in (line.partition("|") for line in _NAMES.split("\n") if line)
    for spelling in (name, *others.split())
}
"""Spelling to canonical name."""

_NO_TOPICS = """
    вещь вид вопрос вопросик время год голова день дело дела деталь друг другой группа
    задача значение зря идея имя история итог какой-то конец край кто-то лицо лично люди
    мера место месяц минута минутка момент мысль начало неделя номер ночь обращение образ
    общее объяснение ответ ошибка пара подсказка помощь понедельник порядок пора правило право
    привет приветик пример причина проблема просьба раз разница ребята результат рука сегодня
    секунда слово случай смысл собеседник совет спасибо спасиба способ срок сторона строка
    суть сутки текст тема тип точка точность угода удовольствие утро факт форма цель час часть
    человек черта число что-то шаг штука пожалуйста здравствуйте понимание возможность
    вариант название пункт список суббота воскресенье вторник среда четверг пятница половина
    количество много мало один два три четыре пять шесть семь восемь девять десять ничто никто
    нечто некто вечер завтра вчера

    able above according across actually add advice again ago ahead almost alone along already
    alright although always amazing among amount another answer anybody anymore anyone anything
    anyway apart apparently appear apply are area around ask asked asking away awesome back bad
    badly based basic basically became because become becomes begin beginning behind believe
    below beside best better beyond big bit bring brings brought build building built buy bye
    call came cannot cant care case cause certain change check choose clear clearly close come
    comes coming common compare complete completely consider contain continue correct course
    create created creating current currently day days deal decide decided describe detail
    details did didnt different difference difficult doesnt doing dont down due early easier
    easily easy either else end enough entire especially etc even ever every everybody everyone
    everything everywhere exactly example examples except expect explain explained fact fairly
    fast favorite favourite feel feeling felt figure final finally find fine first five fix follow
    following forget found four free friday full fully further gave general generally getting
    give given gives giving glad go goes going gonna gone good goodbye great guess guy guys half
    hand happen happened happy hard hardly hate head hear heard hello help helped helpful helping
    hence hey hi high hold hope hour hours however huge idea ideas imagine important include
    including indeed inside instead interested interesting involve isnt issue item ive job keep
    keeps kept kind kinda knew know known knows large last lastly late later latest least leave
    left less lets level like liked likely likes line list listen little live lives living long
    longer look looking looks lose lot lots love loved low made main make makes making man many
    matter may maybe mean meaning means meant mention met middle mind minute minutes mistake
    monday month months moment morning mostly move moved much name names near nearly necessary
    need needed needs neither never new next nice night nobody none nor normal normally not note
    nothing now number numbers often oh ok okay old once one ones open opposite order others
    otherwise part particular past people perfect perfectly perhaps person pick place plan play
    point possible possibly prefer pretty previous probably problem problems process properly put
    question questions quick quickly rather read reading ready real reason reasons recently
    recommend regarding regular related remember reply require required rest result results right
    run running said saturday saw say saying says second see seem seems seen send sense sent set
    several short should show showed shown side similar simple simply since single six slightly
    slow slowly small somebody somehow someone something sometimes somewhere soon sorry sort sound
    special specific specifically start started starting state stay step steps still stop stuff
    suggest suggestion summary sunday super suppose sure take taken takes taking talk talking tell
    telling ten term terms text thank thanks thats thing things think thinking third though
    thought three thursday thus time times tip tips today together told tomorrow tonight took
    top topic total toward towards tried true try trying tuesday turn turned two type types
    understand understood unless upon use used useful user uses using usual usually various
    version via wait walk want wanted wants wasnt watch way ways wednesday week weekend weeks well
    went wednesdays whatever whether whole wide wish within without wont wonder wonderful word
    words work worked working works world worry worse worst worth wouldnt write writing written
    wrong wrote yeah year years yes yesterday yet young youre seven eight nine zero hundred
    thousand million echo test testing
"""

NO_TOPICS = frozenset(_NO_TOPICS.split())
"""Lemmas that say nothing of what is talked about."""
