"""The words in both languages that ask for a predicate, by which its facts are found as well."""

QUESTION_WORDS: dict[str, tuple[str, ...]] = {
    predicate: tuple(words.split())
    for predicate, words in {
        "name": ("name names called who nickname имя имени зовут звать обращаться ник никнейм "),
        "full_name": ("full name surname last family official имя фамилия отчество полное "),
        "age": ("age old years year возраст лет год исполнилось исполниться "),
        "birthday": (
            "birthday born birth date celebrate when "
            "день рождения родился дата рождение праздновать когда кто рожденье "
        ),
        "gender": ("gender sex man woman пол мужчина женщина "),
        "nationality": (
            "nationality citizen citizenship passport ethnicity "
            "национальность гражданство гражданин паспорт "
        ),
        "lives_in": (
            "live living lives home city town place country location located move moved "
            "reside address based where street neighbourhood "
            "жить живу живёт город дом страна место проживать находиться переехать адрес где "
            "куда район улица "
        ),
        "origin": (
            "from origin born birthplace hometown grew grow native come where "
            "родом родина родился вырасти вырос родной город происхождение откуда "
        ),
        "timezone": ("time zone timezone clock hour utc часовой пояс время "),
        "occupation": (
            "job work occupation profession career living do role position title "
            "работа работать работаю профессия занятие должность специальность кем заниматься "
            "занимаюсь кормить "
        ),
        "employer": (
            "employer work job company firm employed office boss workplace hired where "
            "работа работать работаю компания фирма работодатель организация контора офис "
            "босс где "
        ),
        "studies_at": (
            "study school university college student student's education institute attend "
            "where "
            "учиться учусь школа университет вуз институт колледж учёба образование где "
        ),
        "field_of_study": (
            "study subject degree major field education diploma faculty "
            "изучать специальность факультет предмет диплом образование направление учиться "
        ),
        "likes": (
            "like love enjoy feel hobby interest fan taste prefer preference drink eat fun "
            "leisure nice "
            "любить люблю нравиться нравится обожать увлечение хобби интерес относиться "
            "предпочитать пить есть вкус увлекаться увлекаюсь "
        ),
        "dislikes": (
            "dislike hate feel avoid stand annoy like "
            "любить нравиться ненавидеть относиться раздражать избегать терпеть "
        ),
        "favorite": (
            "favourite favorite best like love most "
            "любимый любимое любимая лучший любить нравиться больше "
        ),
        "spouse": (
            "spouse wife husband partner married fiance fiancee girlfriend boyfriend family "
            "who "
            "муж жена супруг супруга партнёр женат замужем невеста жених девушка парень семья "
            "кто "
        ),
        "child": (
            "child children kid son daughter baby twins family "
            "ребёнок дети сын дочь дочка малыш семья "
        ),
        "parent": (
            "parent mother father mum dad family родители родитель мать отец мама папа семья "
        ),
        "sibling": ("sibling brother sister twin family брат сестра близнец семья "),
        "grandchild": (
            "grandchild grandchildren grandson granddaughter grandkid family "
            "внук внучка внуки семья "
        ),
        "relative": (
            "relative family cousin aunt uncle nephew niece grandmother grandfather "
            "родственник родня семья тётя дядя племянник племянница бабушка дедушка "
        ),
        "status": (
            "status relationship married single divorced widowed marital "
            "положение отношения женат замужем холост разведён статус развод "
        ),
        "has_pet": (
            "pet animal dog cat puppy kitten hamster rabbit parrot fish "
            "питомец животное собака кошка кот пёс щенок котёнок зверь завести хомяк кролик "
            "попугай рыбка "
        ),
        "allergy": (
            "allergy allergic reaction intolerance intolerant health avoid food eat "
            "аллергия аллергик непереносимость реакция здоровье еда есть нельзя "
        ),
        "diet": (
            "diet eat food meat vegetarian vegan eating "
            "диета питание питаться есть еда мясо вегетарианец веган нельзя "
        ),
        "condition": (
            "health condition illness disease ill sick medical diagnosis smoke smoking habit "
            "sport "
            "здоровье болезнь болеть диагноз заболевание курить привычка состояние страдать "
            "чувствовать "
        ),
        "speaks": ("language speak know fluent tongue язык языки говорить знать знаю владеть "),
        "knows": (
            "know skill able can experience good expert programming code "
            "знать знаю уметь умею навык владеть опыт программировать разбираться кодить "
        ),
        "learning": (
            "learn learning study studying practise practice course lesson "
            "учить учу изучать учиться осваивать курс урок "
        ),
        "goal": (
            "plan goal aim want intend dream going next saving future trip train training "
            "prepare race "
            "план цель хотеть собираться мечта мечтать намерение планировать поездка копить "
            "готовиться тренироваться купить "
        ),
        "uses": (
            "use tool device phone smartphone car drive vehicle laptop computer system os "
            "editor software app program own distro gadget bike camera watch "
            "телефон смартфон машина автомобиль ездить водить ноутбук компьютер система "
            "редактор программа приложение устройство пользоваться инструмент техника ос "
            "дистрибутив велосипед камера часы гаджет "
        ),
        "language": (
            "language answer reply respond write speak язык отвечать ответ ответы писать "
        ),
        "answer_style": ("answer style reply respond response отвечать ответ стиль ответы "),
        "length": (
            "length long short brief detailed answer reply response "
            "длина длинный короткий коротко кратко подробно отвечать ответ "
        ),
        "format": (
            "format formatting emoji list bullet markdown table answer reply "
            "оформление формат эмодзи смайлик список таблица отвечать ответ "
        ),
        "units": (
            "unit units measure measurement metric imperial celsius miles "
            "единица единицы измерение метрический градус измерять мерить "
        ),
        "tone": (
            "tone formal informal friendly jargon style voice talk speak "
            "тон стиль формально неформально дружелюбный разговаривать говорить "
        ),
        "address": (
            "address call formal обращение обращаться называть тыкать выкать разговаривать "
        ),
        "model": ("model llm answer модель нейросеть отвечать "),
    }.items()
}
"""By predicate, English and then Russian."""
